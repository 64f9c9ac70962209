using System.Globalization;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Bench.Capturing;

/// <summary>Decisions of a made-up service desk and what people say of them, by number: the same number gives the same signal in every benchmark.</summary>
internal static class DeskSignals
{
    /// <summary>The agent of every decision.</summary>
    public const string Agent = "router";

    /// <summary>One decision: three features, a sentence of text, one of 5,000 customers.</summary>
    public static Decision Decision(int i) => new()
    {
        Id = DecisionId(i),
        OccurredAt = 1_767_600_000_000_000 + i * 1_000L,
        Agent = Agent,
        Context = Context.Of(
            [new("n_words", FeatureValue.Of(i % 40)), new("vip", FeatureValue.Of(i % 7 == 0)), new("channel", FeatureValue.Of(i % 3 == 0 ? "mail" : "chat"))],
            "route",
            "Hello, I was charged twice for my new card and nobody answers the phone, please help me with number " + i),
        Proposed = new("billing"),
        Confidence = i % 100 / 100.0,
        Subject = "customer-" + i % 5_000,
    };

    /// <summary>One correction of that decision, signed with its id.</summary>
    /// <param name="i">Number of the decision.</param>
    /// <param name="way">Tells the corrections of several rounds apart: part of the idempotency key.</param>
    public static Correction Correction(int i, string way) => CorrectionId.Sign(new()
    {
        Id = "",
        Key = string.Create(CultureInfo.InvariantCulture, $"{way}-{i}"),
        DecisionId = DecisionId(i),
        Verdict = CorrectionVerdict.Modify,
        Action = new("cards"),
        Reason = "wrong-queue",
        Comment = "the customer asks for a card, not for an invoice; see the second sentence of the message",
        By = "person-" + i % 20,
        At = 1_767_614_400_000_000 + i,
    });

    private static string DecisionId(int i) => string.Create(CultureInfo.InvariantCulture, $"d-{i:d7}");
}
