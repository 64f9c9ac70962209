using Emend.Bench.Capturing;
using Emend.Engine;
using Emend.Engine.Normalizing;

namespace Emend.Bench.Http;

/// <summary>Decisions and corrections for measuring the server: the same ones for the engine and for HTTP.</summary>
internal static class Workload
{
    public const int Batch = 100;
    private const int InFlight = 4;

    private static readonly Actor Importer = new("bench");

    /// <summary>Loads decisions <c>d-0000000</c> and on.</summary>
    public static Task DecideAsync(EmendEngine engine, int count, Func<int, Decision>? decision = null) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count).Chunk(500), new ParallelOptions { MaxDegreeOfParallelism = InFlight }, async (chunk, cancel) =>
            await engine.Intake.Decisions.HandleAsync([.. chunk.Select(decision ?? DeskSignals.Decision)], Importer, cancel));

    /// <summary>Corrects these decisions by the engine alone, in batches of 100, four under way.</summary>
    public static Task CorrectAsync(EmendEngine engine, IEnumerable<int> decisions, string way = "e") =>
        Parallel.ForEachAsync(decisions.Select(i => DeskSignals.Correction(i, way)).Chunk(Batch), new ParallelOptions { MaxDegreeOfParallelism = InFlight }, async (batch, cancel) =>
            await engine.Intake.Corrections.HandleAsync(batch, Importer, cancel));

    /// <summary>Corrections there are.</summary>
    public static long Corrections(EmendEngine engine) => engine.Store.Read(static connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM correction";
        return (long)command.ExecuteScalar()!;
    });

    /// <summary>The body of a correction over HTTP.</summary>
    public static string Line(int i, string way = "s") =>
        $$"""{"decisionId":"d-{{i:d7}}","verdict":"modify","action":"cards","reason":"wrong-queue","comment":"the customer asks for a card, not for an invoice; see the second sentence of the message","by":"person-{{i % 20}}","at":"2026-01-05T12:00:00.{{i % 1_000_000:d6}}Z","idempotencyKey":"{{way}}-{{i}}"}""";
}
