namespace Emend.Engine.Evaluating.Gates;

/// <summary>G0: building again gives the same bundle, replaying again gives the same bytes. Nothing else means anything without it.</summary>
internal static class ReproducibleGate
{
    public const string Id = "G0";
    private const string Title = "reproducible";

    public static GateResult Judge(GateInput input)
    {
        var (candidate, rebuilt, first, second) = input.Reproduction;
        if (rebuilt is not null && !string.Equals(candidate, rebuilt, StringComparison.Ordinal))
            return new(Id, Title, null, null, GateVerdict.Block, $"building again from the same cases gives {Short(rebuilt)}, not {Short(candidate)}: evidence changed since, or the learner is not deterministic; build the candidate again");
        if (second is not null && !string.Equals(first, second, StringComparison.Ordinal))
            return new(Id, Title, null, null, GateVerdict.Block, "replaying the same history twice gave different results");
        return new(Id, Title, null, null, GateVerdict.Pass, (rebuilt, second) switch
        {
            (null, null) => "taken as it is: nothing to rebuild, replayed once",
            (null, _) => "replayed twice to the same bytes; written by hand, so there is nothing to rebuild",
            (_, null) => "rebuilt to the same digest",
            _ => "rebuilt to the same digest, replayed twice to the same bytes",
        });
    }

    private static string Short(string digest) => digest.Length > 19 ? digest[..19] : digest;
}
