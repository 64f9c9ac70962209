namespace Emend.Engine.Releasing;

/// <summary>What became of an automatic release at one look.</summary>
internal enum CarryOutcome : byte
{
    /// <summary>It stays where it is; the reason is journaled once.</summary>
    Held,
    /// <summary>It went to its next step, or to everybody.</summary>
    Advanced,
    /// <summary>It was taken back; the fast lane is held until a person lets it go on.</summary>
    TakenBack,
}

/// <summary>A look at an automatic release.</summary>
/// <param name="Release">The release, as it was when it was looked at.</param>
/// <param name="Evidence">What is known of it.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="To">Its share now.</param>
/// <param name="Why">Why it is held or was taken back; null when it went on.</param>
internal sealed record CarriedRelease(Release Release, ReleaseEvidence Evidence, CarryOutcome Outcome, TrafficShare To, string? Why);

/// <summary>
/// Asks what becomes of a release that the fast lane started: on, held, or back. The rules are <see cref="AdvanceRelease"/>'s, as a person
/// meets them; only the proof cannot be waived, since nobody is there who could answer for that.
/// </summary>
/// <param name="Agent">The agent.</param>
internal sealed record CarryRelease(string Agent)
{
    /// <summary>Pure: what to journal, or the reason why nothing changes.</summary>
    internal static Answer<ReleaseFact> Decide(ReleaseView now, ReleaseEvidence evidence, CarryRelease ask, string by, long at)
    {
        if (now.Board.Current is not { IsAutomatic: true } release) return new NothingIsReleasing(ask.Agent);
        // Harm takes it back whatever else holds it, a pause included.
        if (evidence.TakesBack(evidence.Watched(release.Policy)) is { } harm)
            return new RolledBack(ask.Agent, by, at, release.Id, release.Candidate, now.Board.Served, harm) { Evidence = EvidenceNote.Of(evidence) };
        switch (AdvanceRelease.Decide(now, evidence, new(ask.Agent, WithoutProof: false, RunFastLane.Policy), by, at))
        {
            case Answer<ReleaseAdvanced>.Granted(var advanced):
                return advanced;
            case Answer<ReleaseAdvanced>.Refused(GuardIsRed red):
                return new RolledBack(ask.Agent, by, at, release.Id, release.Candidate, now.Board.Served, red.Message) { Evidence = EvidenceNote.Of(evidence) };
            // A person's pause and the kill switch are journaled already, by whoever turned them.
            case Answer<ReleaseAdvanced>.Refused({ } why) when why is not (ReleaseIsPaused or KillSwitchIsOn) && !string.Equals(why.Code, release.HeldFor, StringComparison.Ordinal):
                return new ReleaseHeld(ask.Agent, by, at, release.Id, why.Code) { Evidence = EvidenceNote.Of(evidence) };
            case Answer<ReleaseAdvanced>.Refused(var why):
                return why;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }
}
