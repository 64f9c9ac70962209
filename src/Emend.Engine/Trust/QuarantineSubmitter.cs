using Emend.Engine.Access;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Journal;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;

namespace Emend.Engine.Trust;

/// <summary>Nobody of that name or pseudonym ever corrected anything.</summary>
internal sealed record SubmitterIsUnknown(string Name)
    : Refusal("trust.submitter-unknown", $"nobody of the name '{Name}' ever corrected or ruled on anything; `emend trust list` shows who did");

/// <summary>Their word does not count already.</summary>
internal sealed record IsInQuarantine(string Name)
    : Refusal("trust.in-quarantine", $"'{Name}' is in quarantine already; if you retried after losing the answer, the first attempt succeeded");

/// <summary>Their word counts.</summary>
internal sealed record IsNotInQuarantine(string Name)
    : Refusal("trust.not-in-quarantine", $"'{Name}' is not in quarantine; if you retried after losing the answer, the first attempt succeeded. To clear an alarm on somebody who was never in, say so: --examined");

/// <summary>Nobody decides whether their own word counts.</summary>
internal sealed record OwnQuarantine() : Refusal("trust.own-quarantine", "nobody decides whether their own word counts; ask another lead");

/// <summary>Asks that what somebody says and rules does not count from now on, nor what they ever said. Nothing is deleted: letting them out brings all of it back.</summary>
/// <param name="Submitter">Name, or pseudonym as alerts show it.</param>
/// <param name="Why">Why; recorded.</param>
/// <param name="By">Who asks: a person, never the submitter.</param>
internal sealed record QuarantineSubmitter(string Submitter, string Why, Actor By)
{
    internal static Answer<Guid> Decide(QuarantineSubmitter ask, Guid? submitter, Guid by, bool isIn)
    {
        if (ask.By.Lacks(Permission.ReviewAdjudicate) is { } no) return no;
        if (ask.By.IsPolicy || ask.By.IsService) return new OnlyAPerson("put somebody into quarantine");
        if (submitter is not { } principal) return new SubmitterIsUnknown(ask.Submitter);
        if (principal == by) return new OwnQuarantine();
        if (isIn) return new IsInQuarantine(ask.Submitter);
        return string.IsNullOrWhiteSpace(ask.Why) ? new ReasonIsMissing() : principal;
    }
}

/// <summary>Asks that somebody's word counts again, all of it; what they said up to now raises no alarm any more.</summary>
internal sealed record ReleaseSubmitter(string Submitter, string Why, Actor By)
{
    /// <summary>Whether they need not be in quarantine: somebody looked at an alarm and found nothing.</summary>
    public bool Examined { get; init; }

    internal static Answer<Guid> Decide(ReleaseSubmitter ask, Guid? submitter, Guid by, bool isIn)
    {
        if (ask.By.Lacks(Permission.ReviewAdjudicate) is { } no) return no;
        if (ask.By.IsPolicy || ask.By.IsService) return new OnlyAPerson("let somebody out of quarantine");
        if (submitter is not { } principal) return new SubmitterIsUnknown(ask.Submitter);
        if (principal == by) return new OwnQuarantine();
        if (!isIn && !ask.Examined) return new IsNotInQuarantine(ask.Submitter);
        return string.IsNullOrWhiteSpace(ask.Why) ? new ReasonIsMissing() : principal;
    }
}

/// <summary>What somebody's quarantine does to one agent.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Corrections">Corrections of theirs that count no longer.</param>
/// <param name="Served">Digest of what is served; null: the agent alone, so nothing changes.</param>
/// <param name="Rebuilt">What would be served instead, with the bundles it descends from; null when nothing is served or it was not built here.</param>
/// <param name="Rules">Rules that come and go.</param>
/// <param name="Replay">What is served against what would be, over the whole history.</param>
internal sealed record QuarantineEffect(string Agent, int Corrections, string? Served, IReadOnlyList<RebuiltBundle>? Rebuilt, BundleChange? Rules, ReplayResult? Replay);

/// <summary>What somebody's quarantine undoes.</summary>
internal sealed record QuarantinePreview(Guid Principal, IReadOnlyList<QuarantineEffect> Agents);

/// <summary>Puts submitters into quarantine and lets them out.</summary>
internal sealed class QuarantineHandler(
    IWorkspaceStore store, TrustBook book, Agents agents, PrepareCandidateHandler prepare, RebuildWithout rebuild, CandidateSource source, ReleaseLedger ledger,
    EvaluateCandidateHandler evaluate, TimeProvider clock)
{
    /// <summary>Shows what a quarantine undoes; changes nothing.</summary>
    public async Task<Answer<QuarantinePreview>> PreviewAsync(string submitter, CancellationToken cancel)
    {
        if (book.Find(submitter) is not { } principal) return new SubmitterIsUnknown(submitter);
        var effects = new List<QuarantineEffect>();
        foreach (var said in book.CorrectionsOf(principal).GroupBy(static one => one.Agent, StringComparer.Ordinal).OrderBy(static said => said.Key, StringComparer.Ordinal))
        {
            var board = ledger.Board(said.Key);
            var served = board.Current is { } release ? release.Candidate : board.Served;
            if (served is null || ledger.Bundle(served) is not { } bundle)
            {
                effects.Add(new(said.Key, said.Count(), null, null, null, null));
                continue;
            }
            var corrections = said.ToDictionary(static one => one.Id, static one => one.Entry, StringComparer.Ordinal);
            var rebuilt = await Task.Run(() => rebuild.Run(served, corrections, cancel, new HashSet<Guid> { principal }), cancel).ConfigureAwait(false);
            if (rebuilt is null)
            {
                effects.Add(new(said.Key, said.Count(), served, null, null, null));
                continue;
            }
            var last = rebuilt[^1];
            var replay = await ReplayRun.OverAsync(
                source.GroundOf(last.Snapshot, null, last.Cases).History(), new CompiledPolicy(bundle), new CompiledPolicy(last.Built.Bundle), new ReplayOptions(), cancel).ConfigureAwait(false);
            effects.Add(new(said.Key, said.Count(), served, rebuilt, BundleChange.Between(bundle, last.Built.Bundle), replay));
        }
        return new QuarantinePreview(principal, effects);
    }

    /// <summary>
    /// Puts somebody into quarantine. Bundles that rest on their word are built again without it, registered and evaluated; they are released like any other.
    /// A retry after success is refused as in quarantine, which tells that it succeeded.
    /// </summary>
    public async Task<Answer<QuarantinePreview>> HandleAsync(QuarantineSubmitter ask, CancellationToken cancel)
    {
        using var activity = TrustTelemetry.Source.StartActivity("quarantine");
        // Whoever may not ask learns nothing of what it would do.
        if (QuarantineSubmitter.Decide(ask, book.Find(ask.Submitter), store.PrincipalOf(ask.By.Name), isIn: false) is Answer<Guid>.Refused(var no)) return Counted<QuarantinePreview>("quarantine", no);
        var seen = await PreviewAsync(ask.Submitter, cancel).ConfigureAwait(false);
        if (seen is not Answer<QuarantinePreview>.Granted(var preview)) return seen;
        var written = await WriteAsync(TrustProjection.Quarantined, preview.Principal, ask.Why, ask.By, (submitter, by, isIn) => QuarantineSubmitter.Decide(ask, submitter, by, isIn), cancel).ConfigureAwait(false);
        if (written is Answer<Guid>.Refused(var why)) return Counted<QuarantinePreview>("quarantine", why);
        TrustTelemetry.Changed("quarantine", null);

        // What follows is the quarantine's consequence and needs no right of its own; approving and releasing it does.
        var actor = ask.By with { Rights = PermissionSet.All };
        foreach (var effect in preview.Agents)
        {
            if (effect.Rebuilt is not { } rebuilt || agents.Find(effect.Agent) is not { } agent) continue;
            foreach (var bundle in rebuilt)
                if (await prepare.RegisterAsync(bundle.Snapshot, bundle.Built, bundle.Cases, actor, cancel).ConfigureAwait(false) is Answer<PreparedCandidate>.Refused(var refused)) return refused;
            var last = rebuilt[^1];
            if (string.Equals(last.Digest, effect.Served, StringComparison.Ordinal)) continue;
            var evaluated = await evaluate.HandleAsync(
                new EvaluateCandidate(last.Digest, actor) { Purpose = EvaluationPurpose.Withdraw },
                agent, source.GroundOf(last.Snapshot, last.Built.Bundle.Parent, last.Cases), new ReplayOptions(), cancel).ConfigureAwait(false);
            if (evaluated is Answer<EvaluationReport>.Refused(var notEvaluated)) return notEvaluated;
        }
        return preview;
    }

    /// <summary>Lets somebody out. What was built meanwhile stands; the next candidate is built with their word again.</summary>
    public async Task<Answer<Guid>> HandleAsync(ReleaseSubmitter ask, CancellationToken cancel)
    {
        using var activity = TrustTelemetry.Source.StartActivity("release from quarantine");
        if (book.Find(ask.Submitter) is not { } principal) return Counted<Guid>("release", new SubmitterIsUnknown(ask.Submitter));
        var answer = await WriteAsync(TrustProjection.Released, principal, ask.Why, ask.By, (submitter, by, isIn) => ReleaseSubmitter.Decide(ask, submitter, by, isIn), cancel).ConfigureAwait(false);
        TrustTelemetry.Changed("release", (answer as Answer<Guid>.Refused)?.Why);
        return answer;
    }

    private async Task<Answer<Guid>> WriteAsync(string type, Guid principal, string why, Actor actor, Func<Guid?, Guid, bool, Answer<Guid>> decide, CancellationToken cancel)
    {
        var by = store.PrincipalOf(actor.Name);
        var at = Microseconds.Of(clock.GetUtcNow());
        var record = new RecordFields().Json("at", FieldText.Of(at), FieldClass.Internal).Text("why", why, FieldClass.Personal).Record(principal.ToString("D"));
        var draft = store.Seal(new() { Type = type, Actor = actor, OccurredAt = at, Records = [record] });
        return await store.WriteAsync(
            work =>
            {
                var answer = decide(principal, by, work.Command(TrustSql.IsQuarantined).Bind("@principal", principal.ToString("D")).ExecuteScalar() is not null);
                if (answer is Answer<Guid>.Granted) work.Append(draft);
                return answer;
            },
            cancel).ConfigureAwait(false);
    }

    private static Answer<T> Counted<T>(string what, Refusal why)
    {
        TrustTelemetry.Changed(what, why);
        return why;
    }
}
