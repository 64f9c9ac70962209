using System.Collections.Immutable;
using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing.Drift;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Engine.Storage;
using Emend.Engine.Trust;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Observing.Alerts;

/// <summary>Gathers what the rules look at. Reads only, in bounded time: newest decisions by index, a bundle every ten minutes, newest cases when enough are new, everything else is small.</summary>
internal sealed class ObserveWorkspace(IWorkspaceStore store, ReleaseLedger ledger, WatchTrust trust, TimeProvider clock, WatchDrift? drift = null, ServableBundles? bundles = null)
{
    /// <summary>Looks around.</summary>
    public Observations Observe(AlertPolicy policy, Surroundings around)
    {
        var now = Microseconds.Of(clock.GetUtcNow());
        var (parked, taken, releasing, rates, losses, dead) = store.Read(connection => (
            Parked: SignalRows.All(connection, AlertSql.Parked, null, null, static row => (row.GetInt64(0), row.IsDBNull(1) ? 0 : row.GetInt64(1)))[0],
            Taken: SignalRows.All(connection, AlertSql.TakenBackSince, "@since", now - Span(policy.NewsIsRecent),
                static row => new TakenBack(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt64(3) != 0, row.GetInt64(4))),
            Releasing: SignalRows.All(connection, AlertSql.AgentsReleasing, null, null, static row => row.GetString(0)),
            Rates: Rates(connection, policy.CorrectionRate, now),
            Losses: Losses(connection, now - Span(policy.LossIsRecent)),
            Dead: SignalRows.All(connection, AlertSql.Dead, null, null, static row => (row.GetString(0), row.GetInt64(1)))));
        return new()
        {
            Now = now,
            Parked = parked,
            TakenBack = [.. taken],
            Releases = [.. releasing.Select(Observed).OfType<ObservedRelease>()],
            Rates = rates,
            Drift = drift?.All(DriftPolicy.Default) ?? [],
            Suspended = [.. ledger.Agents().SelectMany(agent => ledger.Board(agent).Suspended.Ids.Select(id => (agent, id)))],
            Unusable = bundles is null ? [] : [.. bundles.Unusable()],
            Losses = losses,
            DeadMessages = [.. dead],
            Trust = trust.Look(now),
            Around = around,
        };
    }

    private ObservedRelease? Observed(string agent)
    {
        if (ledger.Board(agent).Current is not { } release) return null;
        var last = store.Read(connection =>
        {
            using var select = connection.CreateCommand();
            select.CommandText = AlertSql.LastReached;
            return select.Bind("@release", release.Id).Bind("@canary", (int)Arm.Canary).Bind("@shadow", (int)Arm.Shadow).ExecuteScalar() as long?;
        });
        return new(agent, release, last);
    }

    private static ImmutableArray<(string, CorrectionRateFinding)> Rates(SqliteConnection connection, CorrectionRatePolicy policy, long now)
    {
        var rates = ImmutableArray.CreateBuilder<(string, CorrectionRateFinding)>();
        foreach (var agent in SignalRows.All(connection, AlertSql.AgentsDeciding, null, null, static row => row.GetString(0)))
        {
            using var select = connection.CreateCommand();
            select.CommandText = AlertSql.Corrected;
            select.Bind("@agent", agent).Bind("@confirm", (int)CorrectionVerdict.Confirm).Bind("@maturity", Span(policy.Maturity))
                .Bind("@until", now - Span(policy.Maturity)).Bind("@window", policy.Window);
            var corrected = SignalRows.All(select, static row => row.GetInt64(0) != 0).ToArray();
            Array.Reverse(corrected);
            if (CorrectionRate.Look(corrected, policy) is { } finding) rates.Add((agent, finding));
        }
        return rates.ToImmutable();
    }

    private static ImmutableArray<ClientLoss> Losses(SqliteConnection connection, long since) =>
    [
        .. SignalRows.All(connection, AlertSql.LostSince, "@since", since, static row => (Client: row.GetString(0), Reason: row.GetString(1), Lost: row.GetInt64(2), At: row.GetInt64(3)))
            .GroupBy(static row => row.Client, StringComparer.Ordinal)
            .Select(static rows => new ClientLoss(rows.Key, rows.ToImmutableSortedDictionary(static row => row.Reason, static row => row.Lost, StringComparer.Ordinal), rows.Max(static row => row.At))),
    ];

    private static long Span(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
