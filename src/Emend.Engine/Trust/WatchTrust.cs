using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;

namespace Emend.Engine.Trust;

/// <summary>Somebody to look at, by pseudonym.</summary>
internal sealed record Suspect(Guid Principal, string Agent, RateFinding Finding);

/// <summary>Somebody whose newest corrections make what others vouch for less likely, by pseudonym.</summary>
internal sealed record HarmfulSubmitter(Guid Principal, string Agent, BatchFinding Finding);

/// <summary>What the newest corrections look like.</summary>
/// <param name="Suspects">Who turns actions into others, alone or together with others.</param>
/// <param name="Bursts">Actions that are turned in a burst.</param>
/// <param name="Harmful">Whose newest corrections do harm.</param>
internal sealed record TrustObservation(IReadOnlyList<Suspect> Suspects, IReadOnlyList<(string Agent, BurstFinding Finding)> Bursts, IReadOnlyList<HarmfulSubmitter> Harmful);

/// <summary>Looks at the newest corrections for who turns actions into others without the reason others find, and for bursts. Reads a bounded number of rows.</summary>
internal sealed class WatchTrust(IWorkspaceStore store, WatchBatches? batches = null)
{
    /// <summary>Corrections looked at.</summary>
    public const int Newest = 4_000;

    private const string Sql = """
        SELECT c.principal, d.agent, d.action, c.verdict, c.action, d.occurred_us, c.at_us
          FROM correction c JOIN decision d ON d.id = c.decision_id
         WHERE c.is_withdrawn = 0 AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.principal = c.principal)
         ORDER BY c.seq DESC LIMIT @limit
        """;

    /// <summary>Looks.</summary>
    public TrustObservation Look(long now)
    {
        var (rows, released) = store.Read(static connection => (
            SignalRows.All(connection, Sql, "@limit", Newest, static row => new Row(
                SignalRows.Principal(row, 0), row.GetString(1), row.GetString(2), (CorrectionVerdict)row.GetInt32(3), SignalRows.Text(row, 4), row.GetInt64(5), row.GetInt64(6))),
            SignalRows.All(connection, TrustSql.ReleasedAt, "@upTo", long.MaxValue, static row => (By: SignalRows.Principal(row, 0), At: row.GetInt64(1))).ToDictionary(static one => one.By, static one => one.At)));
        var (suspects, bursts) = (new List<Suspect>(), new List<(string, BurstFinding)>());
        foreach (var said in rows.Where(static row => row.Verdict != CorrectionVerdict.Escalate).GroupBy(static row => row.Agent, StringComparer.Ordinal).OrderBy(static said => said.Key, StringComparer.Ordinal))
        {
            var opinions = said.Where(row => !released.TryGetValue(row.By, out var at) || row.At > at).Select(static row => new Opinion(row.By.ToString("D"), row.Proposed, row.Said, row.DecidedAt)).ToList();
            suspects.AddRange(RateAlarm.Look(opinions, TrustPolicy.Default, Traffic(said.Key)).Select(finding => new Suspect(Guid.Parse(finding.By), said.Key, finding)));
            suspects.AddRange(RateAlarm.LookTogether(opinions, TrustPolicy.Default).Select(finding => new Suspect(Guid.Parse(finding.By), said.Key, finding)));
            bursts.AddRange(CorrectionBurst.Look([.. said.Where(static row => row.Said is not null).Select(static row => (row.Proposed, row.Said!, row.By, row.At))], now).Select(finding => (said.Key, finding)));
        }
        var examined = released.Select(one => (Name: store.NameOf(one.Key), one.Value)).Where(static one => one.Name is not null).ToDictionary(static one => one.Name!, static one => one.Value, StringComparer.Ordinal);
        return new(suspects, bursts, [.. (batches?.Look(examined) ?? []).Select(one => new HarmfulSubmitter(store.PrincipalOf(one.Finding.By), one.Agent, one.Finding))]);
    }

    private Func<string, long, long, int> Traffic(string agent) => (action, from, to) => store.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = TrustSql.Traffic;
        command.Bind("@agent", agent).Bind("@action", action).Bind("@from", from).Bind("@to", to).Bind("@upTo", long.MaxValue);
        return (int)(long)command.ExecuteScalar()!;
    });

    private sealed record Row(Guid By, string Agent, string Proposed, CorrectionVerdict Verdict, string? Action, long DecidedAt, long At)
    {
        // What they want instead; null: it was right.
        public string? Said => Verdict switch
        {
            CorrectionVerdict.Confirm => null,
            CorrectionVerdict.Modify => string.Equals(Action, Proposed, StringComparison.Ordinal) ? null : Action,
            _ => "",
        };
    }
}
