using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Tests.Normalizing;

public class Evolving_a_schema
{
    private static readonly ContextSchema Now = new(3, [new("a", FeatureKind.String, FieldClass.Personal), new("b", FeatureKind.Number, FieldClass.Internal, Required: true)], IsOpen: true);

    private static Answer<ContextSchema> Next(params FeatureDefinition[] features) => SchemaEvolution.Next(Now, Now with { Features = [.. features] });

    [Fact]
    public void Compatible_changes_get_the_next_version()
    {
        var (a, b) = (Now.Features[0], Now.Features[1]);
        Assert.Equal(3, Granted(Next(a, b)).Version);
        Assert.Equal(4, Granted(Next(a, b, new("c", FeatureKind.Boolean))).Version);
        Assert.Equal(4, Granted(Next(a, b with { Required = false })).Version);
        Assert.Equal(4, Granted(Next(a with { Class = FieldClass.Sensitive }, b)).Version);
        Assert.Equal(4, Granted(Next(b)).Version);
    }

    [Fact]
    public void Incompatible_changes_are_refused_with_what_to_do_instead()
    {
        var (a, b) = (Now.Features[0], Now.Features[1]);
        Assert.Contains("make it optional first", Refused(Next(a)), StringComparison.Ordinal);
        Assert.Contains("add a feature with another name", Refused(Next(a, b with { Kind = FeatureKind.String })), StringComparison.Ordinal);
        Assert.Contains("leave it optional", Refused(Next(a with { Required = true }, b)), StringComparison.Ordinal);
        Assert.Contains("add it as optional", Refused(Next(a, b, new("c", FeatureKind.Boolean, Required: true))), StringComparison.Ordinal);
        Assert.Contains("lose its protection", Refused(Next(a with { Class = FieldClass.Public }, b)), StringComparison.Ordinal);
        Assert.Contains("leave it open", Refused(SchemaEvolution.Next(Now, Now with { IsOpen = false })), StringComparison.Ordinal);
        Assert.Equal(2, Refused(Next(a with { Required = true })).Split('\n').Length);
    }

    private static ContextSchema Granted(Answer<ContextSchema> answer) => Assert.IsType<Answer<ContextSchema>.Granted>(answer).Value;

    private static string Refused(Answer<ContextSchema> answer) => Assert.IsType<Answer<ContextSchema>.Refused>(answer).Why.Message;
}
