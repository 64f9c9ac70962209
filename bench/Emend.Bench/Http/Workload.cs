using System.Globalization;
using Emend.Engine;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Bench.Http;

/// <summary>Decisions and corrections for measuring the server: the same ones for the engine and for HTTP.</summary>
internal static class Workload
{
    public const int Batch = 100;
    public const long FirstAt = 1_767_600_000_000_000;
    private const int InFlight = 4;

    private static readonly Actor Importer = new("bench");

    /// <summary>Loads decisions <c>d-0000000</c> and on.</summary>
    public static Task DecideAsync(EmendEngine engine, int count, Func<int, Decision>? decision = null) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count).Chunk(500), new ParallelOptions { MaxDegreeOfParallelism = InFlight }, async (chunk, cancel) =>
            await engine.Intake.Decisions.HandleAsync([.. chunk.Select(decision ?? Decision)], Importer, cancel));

    /// <summary>Corrects these decisions by the engine alone, in batches of 100, four under way.</summary>
    public static Task CorrectAsync(EmendEngine engine, IEnumerable<int> decisions, string way = "e") =>
        Parallel.ForEachAsync(decisions.Select(i => CorrectionId.Sign(Correction(i, way))).Chunk(Batch), new ParallelOptions { MaxDegreeOfParallelism = InFlight }, async (batch, cancel) =>
            await engine.Intake.Corrections.HandleAsync(batch, Importer, cancel));

    /// <summary>Corrections there are.</summary>
    public static long Corrections(EmendEngine engine) => engine.Store.Read(static connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM correction";
        return (long)command.ExecuteScalar()!;
    });

    public static Correction Correction(int i, string way) => new()
    {
        Id = "",
        Key = $"{way}-{i}",
        DecisionId = string.Create(CultureInfo.InvariantCulture, $"d-{i:d7}"),
        Verdict = CorrectionVerdict.Modify,
        Action = new("cards"),
        Reason = "wrong-queue",
        Comment = "the customer asks for a card, not for an invoice; see the second sentence of the message",
        By = "person-" + i % 20,
        At = 1_767_614_400_000_000 + i,
    };

    public static string Line(int i, string way = "s") =>
        $$"""{"decisionId":"d-{{i:d7}}","verdict":"modify","action":"cards","reason":"wrong-queue","comment":"the customer asks for a card, not for an invoice; see the second sentence of the message","by":"person-{{i % 20}}","at":"2026-01-05T12:00:00.{{i % 1_000_000:d6}}Z","idempotencyKey":"{{way}}-{{i}}"}""";

    public static Decision Decision(int i) => new()
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"d-{i:d7}"),
        OccurredAt = FirstAt + i * 1_000L,
        Agent = "router",
        Context = Context.Of(
            [new("n_words", FeatureValue.Of(i % 40)), new("vip", FeatureValue.Of(i % 7 == 0)), new("channel", FeatureValue.Of(i % 3 == 0 ? "mail" : "chat"))],
            "route",
            "Hello, I was charged twice for my new card and nobody answers the phone, please help me with number " + i),
        Proposed = new("billing"),
        Confidence = i % 100 / 100.0,
        Subject = "customer-" + i % 5_000,
    };
}
