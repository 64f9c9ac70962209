using Emend.Engine.Access;

namespace Emend.Engine.Releasing;

/// <summary>Asks to turn the kill switch of an agent: while it is on, nothing learned acts and the agent decides alone. A policy may turn it on, only a person off.</summary>
internal sealed record TurnKillSwitch(string Agent, bool IsOn, string Why, Actor By)
{
    internal static Answer<KillSwitchTurned> Decide(ReleaseView now, TurnKillSwitch ask, string by, long at)
    {
        if (now.Board.IsKilled == ask.IsOn) return new KillSwitchStandsSo(ask.IsOn);
        if (string.IsNullOrWhiteSpace(ask.Why)) return new ReasonIsMissing();
        if (!ask.IsOn && (ask.By.IsPolicy || ask.By.IsService)) return new OnlyAPerson("turn the kill switch off");
        return new KillSwitchTurned(ask.Agent, by, at, ask.IsOn, ask.Why);
    }
}

internal sealed class TurnKillSwitchHandler(ReleaseLedger ledger)
{
    public Task<Answer<KillSwitchTurned>> HandleAsync(TurnKillSwitch ask, CancellationToken cancel) =>
        ask.By.Lacks(Permission.BundleRollback) is { } no ? Task.FromResult<Answer<KillSwitchTurned>>(no) : ledger.ChangeAsync(ask.Agent, null, ask.By, (now, by, at) => TurnKillSwitch.Decide(now, ask, by, at), cancel);
}
