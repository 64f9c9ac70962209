using System.Globalization;
using Emend.Engine.Observing.Drift;
using Emend.Engine.Releasing;
using Emend.Engine.Trust;

namespace Emend.Engine.Observing.Alerts;

/// <summary>A condition that holds.</summary>
internal sealed record AlertCondition(AlertKind Kind, string About, string Summary);

/// <summary>What the rules found: the conditions that hold, and the kinds that could be judged at all.</summary>
internal sealed record AlertFindings(IReadOnlyList<AlertCondition> Holding, IReadOnlySet<AlertKind> Judged);

/// <summary>The rules: observations in, conditions out. Pure.</summary>
internal static class AlertRules
{
    // Between raising and clearing lies a gap, so that a value at the border does not raise an alert a minute.
    private const double DiskRelief = 1.25, RateRelief = 0.1;

    /// <summary>Judges.</summary>
    /// <param name="seen">What was observed.</param>
    /// <param name="policy">When something is worth an alert.</param>
    /// <param name="isOpen">Whether an alert of this kind about this is open.</param>
    public static AlertFindings Judge(Observations seen, AlertPolicy policy, Func<AlertKind, string, bool> isOpen)
    {
        var holding = new List<AlertCondition>();
        var judged = new HashSet<AlertKind> { AlertKind.ParkedTooLong, AlertKind.CanaryWithoutData, AlertKind.ReleaseTakenBack, AlertKind.CorrectionRate, AlertKind.WebhookDead, AlertKind.SpoolOverflow, AlertKind.QuarantineSuggested, AlertKind.CorrectionBurst, AlertKind.ReleaseHeld, AlertKind.ErrorRate, AlertKind.LogicSuspended, AlertKind.BundleUnusable, AlertKind.InputShift };

        Parked(seen, policy, holding);
        foreach (var release in seen.Releases) Canary(release, seen.Now, policy, holding);
        foreach (var release in seen.Releases) Held(release, holding);
        foreach (var back in seen.TakenBack) TakenBack(back, holding);
        foreach (var report in seen.Drift) Drift(report, holding);
        foreach (var (agent, logic) in seen.Suspended)
            holding.Add(new(AlertKind.LogicSuspended, $"{agent}/{logic}", Say($"agent {agent}: {logic} is suspended, the agent's proposal stands where it held; `emend drift show {agent}` says how it did")));
        foreach (var one in seen.Unusable)
            holding.Add(new(AlertKind.BundleUnusable, $"{one.Agent}/{one.Bundle}", Say($"agent {one.Agent}: bundle {one.Bundle} does not act from this store: {one.Why}")));
        foreach (var (agent, rate) in seen.Rates) Rate(agent, rate, policy, seen.Rates.Length, isOpen, holding);
        foreach (var loss in seen.Losses.Where(loss => seen.Now - loss.At < Span(policy.LossIsRecent))) Lost(loss, holding);
        foreach (var said in seen.Trust.Suspects.GroupBy(static one => one.Principal)) Suspected(said.Key, [.. said], holding);
        foreach (var said in seen.Trust.Harmful.GroupBy(static one => one.Principal))
            if (!holding.Exists(one => one.Kind == AlertKind.QuarantineSuggested && one.About == said.Key.ToString("D"))) Harmful(said.Key, said.MaxBy(static one => one.Finding.Worse / one.Finding.Error)!, holding);
        foreach (var said in seen.Trust.Bursts.GroupBy(static one => one.Agent, StringComparer.Ordinal)) Burst(said.Key, [.. said.Select(static one => one.Finding)], holding);
        foreach (var (webhook, count) in seen.DeadMessages)
            holding.Add(new(AlertKind.WebhookDead, webhook, Say($"{count} messages to webhook {webhook} were given up; see `emend webhooks dead`")));

        if (seen.Around.Disk is { } disk)
        {
            judged.Add(AlertKind.DiskLow);
            Disk(disk, policy, isOpen(AlertKind.DiskLow, ""), holding);
        }
        if (seen.Around.Verification is { } verification)
        {
            judged.Add(AlertKind.VerificationFailed);
            if (!verification.IsSound)
                holding.Add(new(AlertKind.VerificationFailed, "", verification.FirstBadIndex is { } bad ? Say($"the journal does not verify; the first bad entry is {bad}") : "the journal does not verify"));
        }
        return new(holding, judged);
    }

    // People are named by pseudonym: the alert stays in the journal when they are erased.
    private static void Suspected(Guid who, IReadOnlyList<Suspect> found, List<AlertCondition> holding)
    {
        // What is held back comes before what only looks odd beside others.
        var worst = found.OrderBy(static one => one.Finding.People).ThenBy(static one => one.Finding.P).First();
        if (worst.Finding.People > 1)
        {
            holding.Add(new(AlertKind.QuarantineSuggested, who.ToString("D"),
                Say($"a submitter and {worst.Finding.People - 1} more together turned {worst.Finding.Proposed} of agent {worst.Agent} into {Into(worst.Finding.Said)} {worst.Finding.Count} times of {worst.Finding.Of}, all others {worst.Finding.OthersSaid} of {worst.Finding.OthersLooked}; nothing is held back: emend trust show {who:D}")));
            return;
        }
        holding.Add(new(AlertKind.QuarantineSuggested, who.ToString("D"),
            Say($"a submitter turned {worst.Finding.Proposed} of agent {worst.Agent} into {Into(worst.Finding.Said)} {worst.Finding.Count} times of {worst.Finding.Of}, others {worst.Finding.OthersSaid} of {worst.Finding.OthersLooked}; held back until somebody decides: emend trust show {who:D}")));
    }

    private static void Harmful(Guid who, HarmfulSubmitter worst, List<AlertCondition> holding) => holding.Add(new(AlertKind.QuarantineSuggested, who.ToString("D"),
        Say($"a submitter's newest {worst.Finding.Batch} corrections of agent {worst.Agent} make {worst.Finding.Vouched} cases that others ruled on less likely by {worst.Finding.Worse / worst.Finding.Error:0.0} standard errors, {worst.Finding.Flipped} of them come out wrong; nothing is held back: emend trust show {who:D}")));

    private static void Burst(string agent, IReadOnlyList<BurstFinding> found, List<AlertCondition> holding)
    {
        var worst = found.MinBy(static one => one.P)!;
        holding.Add(new(AlertKind.CorrectionBurst, agent,
            Say($"agent {agent}: {worst.Proposed} was turned into {Into(worst.Said)} {worst.Count} times within a day by {worst.People} people, {worst.Before} times in the {worst.Days:0} days before")));
    }

    private static string Into(string said) => said.Length == 0 ? "(wrong)" : said;

    private static void Parked(Observations seen, AlertPolicy policy, List<AlertCondition> holding)
    {
        if (seen.Parked.Count == 0 || seen.Now - seen.Parked.Oldest < Span(policy.ParkedTooLong)) return;
        holding.Add(new(AlertKind.ParkedTooLong, "", Say($"{seen.Parked.Count} signals wait for decisions that did not arrive, the oldest for {Hours(seen.Now - seen.Parked.Oldest)} hours")));
    }

    private static void Canary(ObservedRelease observed, long now, AlertPolicy policy, List<AlertCondition> holding)
    {
        var release = observed.Release;
        if (release.IsPaused) return;
        var silence = now - Math.Max(release.StepStartedAt, observed.LastReached ?? 0);
        if (silence < Span(policy.CanarySilence)) return;
        holding.Add(new(AlertKind.CanaryWithoutData, release.Id,
            Say($"agent {observed.Agent}: no decision has reached the candidate of release {release.Id} for {silence / 60_000_000} minutes; without data it neither widens nor is it judged")));
    }

    private static void Held(ObservedRelease observed, List<AlertCondition> holding)
    {
        var release = observed.Release;
        if (release.IsPaused || release.HeldFor is not { } code || !ReleaseHold.Codes.Contains(code)) return;
        holding.Add(new(AlertKind.ReleaseHeld, release.Id, Say($"agent {observed.Agent}: release {release.Id} is held ({code}) until a person has looked; `emend release show {observed.Agent}`")));
    }

    private static void Drift(DriftReport report, List<AlertCondition> holding)
    {
        foreach (var stream in report.Streams.Where(static stream => stream.Kind is StreamKind.Agent or StreamKind.Action or StreamKind.Task))
        {
            if (stream.IsAlarmed)
            {
                var about = stream.Name.Length == 0 ? report.Agent : $"{report.Agent}/{stream.Name}";
                holding.Add(new(AlertKind.ErrorRate, about, Say($"{about} is wrong more often than tolerated: {stream.WatchedWrong} of {stream.Watched} judged decisions, tolerated are {stream.Tolerated:P1} (evidence {stream.Evidence:0} of {report.AlarmLine(stream):0})")));
            }
            // Slices shift with what is asked; that the whole agent got better or worse is news in either direction.
            if (stream is { Kind: StreamKind.Agent, Changes: > 0 })
                holding.Add(new(AlertKind.ErrorChanged, Say($"{report.Agent}/{stream.Changes}"), Say($"agent {report.Agent}: its error changed from {stream.Before:P1} to {stream.Now:P1}; what was certified on earlier decisions is worth a fresh look")));
        }
        if (report.Inputs.Where(static shift => shift.IsShift).ToList() is [var first, ..] shifted)
            holding.Add(new(AlertKind.InputShift, report.Agent, Say($"agent {report.Agent}: {shifted.Count} of its inputs are not what they were, {first.Feature} most ({first.Test} {first.Value:0.###}, limit {first.Limit:0.###})")));
    }

    private static void TakenBack(TakenBack back, List<AlertCondition> holding) =>
        holding.Add(new(AlertKind.ReleaseTakenBack, Say($"{back.Agent}/{back.Entry}"),
            Say($"agent {back.Agent}: bundle {back.Bundle[..Math.Min(12, back.Bundle.Length)]} was taken back {(back.ByPolicy ? "by itself" : "by a person")} (entry {back.Entry})")));

    private static void Lost(ClientLoss loss, List<AlertCondition> holding) =>
        holding.Add(new(AlertKind.SpoolOverflow, loss.Client, Say($"client {loss.Client} lost {loss.Lost.Values.Sum()} records ({string.Join(", ", loss.Lost.Select(static one => Say($"{one.Key} {one.Value}")))})")));

    private static void Rate(string agent, CorrectionRateFinding rate, AlertPolicy policy, int watched, Func<AlertKind, string, bool> isOpen, List<AlertCondition> holding)
    {
        // With more agents watched, each needs more evidence: the mean run to a false alarm holds for all of them together.
        var raise = policy.CorrectionRate.Threshold * watched;
        if (rate.Evidence < (isOpen(AlertKind.CorrectionRate, agent) ? RateRelief * raise : raise)) return;
        holding.Add(new(AlertKind.CorrectionRate, agent,
            Say($"agent {agent} is corrected more often: {rate.Corrected} of its last {rate.Watched} decisions, usual is at most {rate.Usual:P1} (evidence {rate.Evidence:0})")));
    }

    private static void Disk(DiskSpace disk, AlertPolicy policy, bool isOpen, List<AlertCondition> holding)
    {
        var least = Math.Max(policy.DiskBytes, policy.DiskShare * disk.Total);
        // A disk smaller than the limit itself is judged by its share alone.
        if (policy.DiskBytes > disk.Total / 2) least = policy.DiskShare * disk.Total;
        if (disk.Free >= least * (isOpen ? DiskRelief : 1)) return;
        holding.Add(new(AlertKind.DiskLow, "", Say($"{disk.Free >> 20} MiB of {disk.Total >> 20} MiB are free on the disk of the data directory")));
    }

    private static long Span(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    private static long Hours(long microseconds) => microseconds / 3_600_000_000;

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
