using System.CommandLine;
using Emend.Cli.Output;
using Emend.Engine.Lineage;
using Spectre.Console;

namespace Emend.Cli.Commands.Lineage;

/// <summary><c>emend lineage</c>: which corrections stand behind a decision, and what a correction changed.</summary>
internal static class LineageCommand
{
    private static readonly Argument<string> Id = new("ID") { Description = "A decision (back to who corrected what) or a correction (forward to what it changed)." };
    private static readonly Option<bool> Prov = new("--prov") { Description = "Print W3C PROV-JSON." };

    public static Command Build() => new Verb(
            "lineage",
            "From a decision back to the corrections and people behind it; from a correction forward to every bundle and decision it changed.",
            "emend lineage sd-0412")
        .OnStore().With(Id).With(Prov).Does(RunAsync);

    private static async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancel)
    {
        var graph = Invocation.Take((await run.EngineAsync(cancel)).Lineage.Of(run.Get(Id)));
        if (run.Get(Prov))
        {
            run.Terminal.WriteJson(json => ProvJson.Write(json, graph));
            return ExitCode.Done;
        }
        run.Terminal.Json(json => LineageJson.Write(json, graph));
        run.Terminal.Show(Tree(graph));
        return ExitCode.Done;
    }

    /// <summary>The graph as a tree from its first node; what stands in it twice is shown once in full.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="most">Branches shown of a node; the rest is counted.</param>
    public static Tree Tree(LineageGraph graph, int most = 12)
    {
        var root = graph.Nodes[0];
        var tree = new Tree(Text(root));
        var shown = new HashSet<string>(StringComparer.Ordinal) { root.Key };
        // From a decision the edges lead away from it, from a correction towards it.
        var isForward = root.Kind == LineageKind.Correction;
        Grow(tree, root.Key);
        return tree;

        void Grow(IHasTreeNodes at, string key)
        {
            var next = (isForward ? graph.Edges.Where(e => string.Equals(e.To, key, StringComparison.Ordinal)).Select(static e => (e.Relation, Key: e.From)) : graph.From(key).Select(static e => (e.Relation, Key: e.To))).ToList();
            if (isForward) next.AddRange(graph.From(key).Where(static e => e.Relation is LineageRelation.AttributedTo or LineageRelation.ApprovedBy).Select(static e => (e.Relation, Key: e.To)));
            // Who answers for a bundle comes before what it was built from: its author, then how it was judged and who approved it.
            if (!isForward && graph[key].Kind == LineageKind.Bundle)
                next.InsertRange(next.TakeWhile(static e => e.Relation == LineageRelation.AttributedTo).Count(), graph.Edges.Where(e => string.Equals(e.To, key, StringComparison.Ordinal) && graph[e.From].Kind == LineageKind.Evaluation).Select(static e => (e.Relation, Key: e.From)));
            foreach (var (relation, target) in next.Take(most))
            {
                // A person or bundle is a leaf the second time.
                var isNew = shown.Add(target);
                var node = at.AddNode($"[grey]{Word(relation)}[/] {Text(graph[target])}{(isNew || graph[target].Kind == LineageKind.Person ? "" : " [grey](above)[/]")}");
                if (isNew && graph[target].Kind != LineageKind.Person && !(isForward && graph[target].Kind == LineageKind.Evaluation)) Grow(node, target);
            }
            if (next.Count > most) at.AddNode($"[grey]and {next.Count - most} more (--json lists all)[/]");
        }
    }

    private static string Text(LineageNode node)
    {
        var id = node.Kind is LineageKind.Bundle or LineageKind.Evaluation or LineageKind.DataSet or LineageKind.Model ? Format.Digest(node.Id) : node.Id;
        var label = node.Kind is LineageKind.Person or LineageKind.Ruling ? node.Label : $"{id}: {node.Label}";
        // A policy acts under a name of its own: nobody takes it for a person.
        var kind = node.Kind == LineageKind.Person && label.StartsWith("policy:", StringComparison.Ordinal) ? "" : $"[bold]{Format.Words(node.Kind)}[/] ";
        return $"{kind}{Terminal.Escape(label)}{(node.At is { } at ? $" [grey]{Format.Instant(at)}[/]" : "")}";
    }

    private static string Word(LineageRelation relation) => relation switch
    {
        LineageRelation.AttributedTo => "by",
        LineageRelation.ApprovedBy => "approved by",
        LineageRelation.Replaced => "in place of",
        _ => "·",
    };
}
