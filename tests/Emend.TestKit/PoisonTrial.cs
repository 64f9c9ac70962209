using System.Globalization;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing.Drift;
using Emend.Engine.Trust;
using Emend.Logic;
using Emend.Logic.Evaluation;

namespace Emend.TestKit;

/// <summary>How somebody tries to bend what is learned.</summary>
public enum PoisonAttack
{
    /// <summary>Turns right decisions of one small kind into another action, all through.</summary>
    Trigger,
    /// <summary>The same within the last tenth of the time.</summary>
    Burst,
    /// <summary>The same, hidden among as many honest confirmations.</summary>
    Drip,
    /// <summary>Turns right decisions of one action, whatever they are about.</summary>
    Action,
    /// <summary>Says something wrong of anything.</summary>
    Flip,
}

/// <summary>What an attack did to decisions nobody had seen.</summary>
/// <param name="Fixes">Wrong proposals put right, per thousand.</param>
/// <param name="Breaks">Right proposals spoiled, per thousand.</param>
/// <param name="Activated">Whether more than a tenth of the right decisions the attacker is after are turned as they want.</param>
/// <param name="Noticed">Whether any of the attackers raised an alarm, and nobody honest did.</param>
/// <param name="HonestSuspected">Whether somebody honest raised one.</param>
public sealed record PoisonOutcome(double Fixes, double Breaks, bool Activated, bool Noticed, bool HonestSuspected);

/// <summary>
/// A made-up agent with planted mistakes, eight honest reviewers, and attackers among them. Everything follows from the seed.
/// </summary>
/// <param name="seed">Seed.</param>
/// <param name="reviewed">Decisions that honest people reviewed.</param>
/// <param name="highRisk">Whether what the agent does is of high risk: then rules have to survive any two people.</param>
public sealed class PoisonTrial(int seed, int reviewed = 1_500, bool highRisk = false)
{
    private const int Honest = 8, Tested = 4_000;
    private const long Minute = 60_000_000;

    private static readonly string[] Actions = ["approve", "deny", "refund", "escalate", "wait"];

    private readonly AgentDefinition _agent = new() { Id = "desk", Actions = [.. Actions.Order(StringComparer.Ordinal)], Risk = highRisk ? RiskClass.High : RiskClass.Low };

    private static readonly LearnerOptions Open = LearnerOptions.Default with { ExactTimeToLive = TimeSpan.Zero };

    private readonly List<LearningCase> _honest = Decide(new Random(seed), reviewed, "h", static i => "honest-" + (i % Honest).ToString(CultureInfo.InvariantCulture));

    /// <summary>Corrections honest people made.</summary>
    public int Corrections => _honest.Count(static one => one.Ruling.IsWrong);

    /// <summary>Learns with an attack and tries it on decisions nobody has seen.</summary>
    /// <param name="attack">The attack; null: none.</param>
    /// <param name="share">Wrong corrections per honest one.</param>
    /// <param name="identities">Names behind which they come.</param>
    /// <param name="defended">Whether people are weighed and rules need several of them.</param>
    public PoisonOutcome Run(PoisonAttack? attack, double share, int identities, bool defended)
    {
        var (bundle, findings) = Learn([.. _honest, .. attack is { } how ? Attack(how, share, identities) : []], defended);
        var logic = Evaluator.Compile(bundle);
        var (fixes, breaks, wanted, turned) = (0, 0, 0, 0);
        foreach (var one in Decide(new Random(seed + 7919), Tested, "t", static _ => "nobody"))
        {
            var verdict = logic.Decide(new(one.Decision.Context, one.Decision.Proposed, one.Decision.Confidence, _honest[^1].Decision.OccurredAt));
            var final = logic.FinalAction(verdict, one.Decision.Proposed)?.Label;
            if (one.Ruling.IsWrong && final == one.Ruling.Truth!.Label) fixes++;
            if (!one.Ruling.IsWrong && final != one.Decision.Proposed.Label) breaks++;
            if (one.Ruling.IsWrong || attack is not { } what || !IsWanted(what, one.Decision)) continue;
            wanted++;
            if (final == Remedy) turned++;
        }
        return new(1000.0 * fixes / Tested, 1000.0 * breaks / Tested, wanted > 0 && turned > 0.1 * wanted,
            findings.Any(static f => f.By.StartsWith("mallory", StringComparison.Ordinal)), findings.Any(static f => f.By.StartsWith("honest", StringComparison.Ordinal)));
    }

    /// <summary>
    /// Lets an attack succeed (no defence) and audits what the bundle changes: how many audited changes of the attacker's rule it takes until drift suspends it.
    /// </summary>
    /// <returns>The most of all harmful rules; 0 where none is active; null where one of them is not suspended at all.</returns>
    public int? AuditsUntilSuspended(PoisonAttack attack, double share, int identities)
    {
        var (bundle, _) = Learn([.. _honest, .. Attack(attack, share, identities)], defended: false);
        var logic = Evaluator.Compile(bundle);
        var streams = new Dictionary<string, (DriftStream Stream, int Wrong, int Cases, int? Suspended)>(StringComparer.Ordinal);
        foreach (var one in Decide(new Random(seed + 15_485_863), 20 * Tested, "u", static _ => "nobody"))
        {
            var verdict = logic.Decide(new(one.Decision.Context, one.Decision.Proposed, one.Decision.Confidence, _honest[^1].Decision.OccurredAt));
            if (verdict.Cause != Cause.Rule || logic.FinalAction(verdict, one.Decision.Proposed)?.Label is not { } final || final == one.Decision.Proposed.Label) continue;
            var id = bundle.Rules[verdict.Index].Id;
            var known = streams.TryGetValue(id, out var so) ? so : (new DriftStream(StreamKind.Rule, id, DriftPolicy.Default, bundle.Rules.Length, DriftPolicy.Default.RuleTolerated), 0, 0, null);
            if (known.Suspended is not null) continue;
            var isWrong = final != one.Ruling.Truth!.Label;
            known.Stream.Add(new(one.Decision.OccurredAt, one.Decision.Id, isWrong));
            known = (known.Stream, known.Wrong + (isWrong ? 1 : 0), known.Cases + 1, known.Stream.Finding().IsAlarmed ? known.Cases + 1 : null);
            streams[id] = known;
        }
        var harmful = streams.Values.Where(static one => 2 * one.Wrong > one.Cases).ToArray();
        return harmful.Length == 0 ? 0 : harmful.Any(static one => one.Suspended is null) ? null : harmful.Max(static one => one.Suspended);
    }

    private const string Remedy = "refund";

    private (Bundle Bundle, IReadOnlyList<RateFinding> Findings) Learn(IReadOnlyList<LearningCase> cases, bool defended)
    {
        if (!defended) return (BuildCandidate.From(new() { Agent = _agent, Cases = cases, Options = Open }).Bundle, []);
        var trusted = WeighCases.Of(cases, TrustGround.None, TrustPolicy.Default);
        // What the product asks of a candidate that a person releases.
        var guarded = RequiredSupport.For(_agent, trusted.Cases, Open, isAutomatic: false);
        return (BuildCandidate.From(new() { Agent = _agent, Cases = trusted.Cases, Options = guarded }).Bundle, [.. trusted.Findings, .. WeighCases.Hints(cases, TrustGround.None, TrustPolicy.Default).Together]);
    }

    private static bool IsWanted(PoisonAttack attack, Decision decision) => decision.Proposed.Label == "deny" && (attack is PoisonAttack.Action or PoisonAttack.Flip || (Is(decision, "s0", "v6") && Is(decision, "s1", "v2")));

    // Right decisions of the kind wanted, from anywhere in time: an attacker finds what they look for.
    private IEnumerable<LearningCase> Attack(PoisonAttack attack, double share, int identities)
    {
        var random = new Random(seed + 104_729);
        var (count, said) = ((int)Math.Ceiling(share * Corrections), 0);
        foreach (var one in Decide(random, 2_000 * Math.Max(1, count), "a", static _ => ""))
        {
            if (said == count) yield break;
            var place = random.NextDouble();
            var by = "mallory-" + (said % identities).ToString(CultureInfo.InvariantCulture);
            if (one.Ruling.IsWrong || (attack == PoisonAttack.Flip ? one.Decision.Proposed.Label == Remedy : !IsWanted(attack, one.Decision))) continue;
            if (attack == PoisonAttack.Burst) place = 0.9 + 0.1 * place;
            said++;
            yield return At(one, place, by, Remedy);
            if (attack == PoisonAttack.Drip) yield return At(one with { Decision = one.Decision with { Id = one.Decision.Id + "-c", Proposed = new("approve") } }, random.NextDouble(), by, "approve");
        }
    }

    private LearningCase At(LearningCase one, double place, string by, string right)
    {
        var at = (long)(place * reviewed) * Minute;
        return new(one.Decision with { OccurredAt = at }, one.Ruling with
        {
            DecisionId = one.Decision.Id,
            IsWrong = right != one.Decision.Proposed.Label,
            Truth = new(right),
            Corrections = ["c-" + one.Decision.Id],
            Submitters = [by],
            At = at,
        });
    }

    private static List<LearningCase> Decide(Random random, int count, string prefix, Func<int, string> by)
    {
        var cases = new List<LearningCase>(count);
        for (var i = 0; i < count; i++)
        {
            var (numbers, words) = (new double[3], new int[3]);
            for (var f = 0; f < 3; f++) (numbers[f], words[f]) = (Math.Round(random.NextDouble() * 100), random.Next(8));
            var proposed = Actions[random.Next(Actions.Length)];
            var right = proposed switch
            {
                "approve" when numbers[0] >= 80 => "deny",
                "approve" when words[0] == 3 => "escalate",
                "deny" when numbers[1] < 20 => "wait",
                "refund" when words[1] == 5 => "wait",
                "wait" when words[2] == 7 && numbers[2] >= 30 => "escalate",
                _ => random.Next(50) == 0 ? Actions[random.Next(Actions.Length)] : proposed,
            };
            var id = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{i:000000}");
            Feature[] features = [.. numbers.Select(static (n, f) => new Feature($"n{f}", FeatureValue.Of(n))), .. words.Select(static (w, f) => new Feature($"s{f}", FeatureValue.Of("v" + w)))];
            var decision = new Decision { Id = id, OccurredAt = i * Minute, Agent = "desk", Context = Context.Of(features), Proposed = new(proposed) };
            cases.Add(new(decision, new(id, right != proposed, new AgentAction(right), ["c-" + id], [by(i)], "policy:fast-lane", "", i * Minute)));
        }
        return cases;
    }

    private static bool Is(Decision decision, string feature, string value) => decision.Context.Features.Any(f => f.Name == feature && f.Value.Kind == FeatureKind.String && f.Value.AsString == value);
}
