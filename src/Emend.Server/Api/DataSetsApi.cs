using Emend.Contracts.Learning;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Engine.Learning.DataSets;
using Emend.Engine.Learning.Models;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Learning: the exact rulings things are trained from, and the models that were.</summary>
internal static class DataSetsApi
{
    private const int MostListed = 500;

    public static void MapDataSets(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/datasets").WithTags("Learning");
        group.MapGet("", List).WithName("ListDataSets").WithSummary("Data sets, newest first; those candidates were built from are among them.").Produces<IReadOnlyList<DataSetView>>().Needs(Permission.LogicRead);
        group.MapPost("", FixAsync).WithName("FixDataSet").WithSummary("Fix what was ruled of an agent so far. The same rulings give the same digest.").Produces<DataSetView>(StatusCodes.Status201Created).Needs(Permission.DatasetBuild).RunsLong().TakesKey();
        group.MapGet("/{digest}", Show).WithName("ShowDataSet").WithSummary("One data set, by its digest or enough of its first digits.").Produces<DataSetView>().Needs(Permission.LogicRead);
        group.MapGet("/{digest}/export", ExportAsync).WithName("ExportDataSet").WithSummary("Its rows: format jsonl, csv, sft, pairs, trl-pairs or unpaired. Personal fields only with unmask=REASON.").Produces(StatusCodes.Status200OK, contentType: "application/x-ndjson").Needs(Permission.ExportMasked).RunsLong();
        var models = routes.MapGroup("/v1/models").WithTags("Learning");
        models.MapGet("", ListModels).WithName("ListModels").WithSummary("Trained correctors, newest first, each with the data set it was trained from.").Produces<IReadOnlyList<ModelView>>().Needs(Permission.LogicRead);
        models.MapGet("/{digest}", ShowModel).WithName("ShowModel").WithSummary("One model and the bundles that hold it.").Produces<ModelView>().Needs(Permission.LogicRead);
    }

    private static IResult List(Caller caller) =>
        Answers.Ok<IReadOnlyList<DataSetView>>([.. caller.Engine.DataSets.All().Take(MostListed).Select(set => View(caller, set))], Answers.Wire.IReadOnlyListDataSetView);

    private static IResult Show(Caller caller, string digest) => Answers.Of(caller.Engine.DataSets.Find(digest), set => Answers.Ok(View(caller, set), Answers.Wire.DataSetView));

    private static async Task<IResult> FixAsync(HttpContext context, Caller caller, DataSetBody body)
    {
        using var both = caller.MayRunLong(context);
        Condition where;
        try
        {
            where = body.Where is null ? Condition.Always : ConditionText.Parse(body.Where);
        }
        catch (FormatException why)
        {
            return ApiProblems.From(new RequestIsWrong("where: " + why.Message));
        }
        var answer = await Task.Run(() => caller.Engine.FixDataSet.HandleAsync(new FixDataSet(body.Agent, where, caller.Actor), null, both.Token), both.Token);
        return Answers.Of(answer, done =>
        {
            context.Response.Headers.Location = "/v1/datasets/" + done.Set.Digest;
            return TypedResults.Json(View(caller, done.Set) with { LeftOut = done.Counts.LeftOut }, Answers.Wire.DataSetView, statusCode: StatusCodes.Status201Created);
        });
    }

    private static async Task<IResult> ExportAsync(HttpContext context, Caller caller, string digest, string? format, string? unmask, string? split, string? salt, string? part)
    {
        using var both = caller.MayRunLong(context);
        if (ExportFormats.Of(format ?? "jsonl") is not { } kind) return ApiProblems.From(new RequestIsWrong($"format is none of {string.Join(", ", ExportFormats.All)}"));
        var plan = SplitPlan.Whole;
        if (split is not null)
        {
            var read = SplitPlan.Read(split, salt ?? "");
            if (read is not Answer<SplitPlan>.Granted(var cut)) return ApiProblems.From(((Answer<SplitPlan>.Refused)read).Why);
            if (part is null || !cut.Parts.Any(one => string.Equals(one.Name, part, StringComparison.Ordinal))) return ApiProblems.From(new RequestIsWrong("one answer holds one part; say which with part"));
            plan = cut;
        }
        var found = caller.Engine.DataSets.Find(digest);
        if (found is not Answer<DataSet>.Granted(var set)) return ApiProblems.From(((Answer<DataSet>.Refused)found).Why);
        var (no, isClear) = await Masking.AskAsync(caller, unmask, $"data set {set.Digest}", both.Token);
        if (no is not null) return no;
        var options = new ExportOptions(kind) { Revealed = isClear ? FieldClass.Personal : FieldClass.Internal, Split = plan };
        if (caller.Actor.Lacks(Permission.ExportMasked) is { } lacks) return ApiProblems.From(lacks);
        context.Response.ContentType = kind == ExportFormat.Csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
        await using var body = context.Response.BodyWriter.AsStream(leaveOpen: true);
        await Task.Run(() => caller.Engine.ExportDataSet.Write(set, options, caller.Actor, name => plan.IsSplit && name != part ? Stream.Null : body, null, null, both.Token), both.Token);
        return Results.Empty;
    }

    private static IResult ListModels(Caller caller, string? agent) =>
        Answers.Ok<IReadOnlyList<ModelView>>([.. caller.Engine.Models.All(agent).Take(MostListed).Select(View)], Answers.Wire.IReadOnlyListModelView);

    private static IResult ShowModel(Caller caller, string digest) => Answers.Of(caller.Engine.Models.Find(digest), static model => Answers.Ok(View(model), Answers.Wire.ModelView));

    private static DataSetView View(Caller caller, DataSet set) => new(set.Digest, set.Agent.Id, set.Rows, CanonicalJson.Instant(set.FixedAt), caller.Engine.Ledger.NameOf(set.Author), set.Bundles)
    {
        Where = set.Where == Condition.Always ? null : ConditionText.Format(set.Where),
    };

    private static ModelView View(Model model) => new(
        model.Digest, model.Agent, model.Size,
        [.. model.Versions.Select(static version => new ModelVersionView(version.Bundle.Digest, Words.Of(version.Bundle.State), CanonicalJson.Instant(version.Bundle.BuiltAt)) { DataSet = version.DataSet })])
    {
        DataSet = model.DataSet,
    };
}
