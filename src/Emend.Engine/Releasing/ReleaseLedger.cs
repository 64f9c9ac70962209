using System.Diagnostics.CodeAnalysis;
using System.Text;
using Emend.Engine.Storage;
using Emend.Logic;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Releasing;

/// <summary>What a decision about an agent's candidates and releases looks at.</summary>
/// <param name="Board">What the agent is served.</param>
/// <param name="Candidate">The candidate the question is about; null when there is none of that digest.</param>
internal sealed record ReleaseView(AgentBoard Board, Candidate? Candidate);

/// <summary>
/// The one way to change what an agent is served. A change is decided on a snapshot and committed only if the board is still the one
/// it was decided on: one transaction with the journal entry and both read models, so that a crash leaves either all of it or nothing.
/// </summary>
internal sealed class ReleaseLedger(IWorkspaceStore store, TimeProvider clock)
{
    private const int Attempts = 100;

    /// <summary>Told which agent's candidates or releases changed, once that is durable. Called on the thread of who made the change: return at once, and do not throw.</summary>
    [SuppressMessage("Design", "MA0046", Justification = "Inside the engine a sender and an argument object would say nothing.")]
    public event Action<string>? Changed;

    /// <summary>Decides and commits; decides again when somebody else was faster.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="candidate">Digest of the candidate it is about; null when it is about none.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="decide">The decision: what is, who asks (pseudonym or policy), and when.</param>
    /// <param name="cancel">Cancels while it waits for its turn.</param>
    public async Task<Answer<T>> ChangeAsync<T>(string agent, string? candidate, Actor actor, Func<ReleaseView, string, long, Answer<T>> decide, CancellationToken cancel)
        where T : ReleaseFact
    {
        using var activity = ReleasingTelemetry.Source.StartActivity("change");
        var by = PersonOf(actor);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var now = View(agent, candidate);
            var answer = decide(now, by, Microseconds.Of(clock.GetUtcNow()));
            if (answer is not Answer<T>.Granted(var fact))
            {
                ReleasingTelemetry.Refused.Add(1, new KeyValuePair<string, object?>("code", ((Answer<T>.Refused)answer).Why.Code));
                return answer;
            }
            var draft = store.Seal(ReleaseFactJournal.Draft(fact, actor));
            var isDone = await store.WriteAsync(work =>
            {
                var version = work.Command(ReleasingSql.BoardVersion).Bind("@agent", agent).ExecuteScalar() as long? ?? 0;
                if (version != now.Board.Version) return false;
                work.Append(draft);
                return true;
            }, cancel).ConfigureAwait(false);
            if (!isDone) continue;
            ReleasingTelemetry.Changes.Add(1, new KeyValuePair<string, object?>("type", draft.Draft.Type));
            activity?.SetTag("emend.type", draft.Draft.Type);
            Changed?.Invoke(agent);
            return answer;
        }
        throw new InvalidOperationException($"the releases of agent {agent} changed {Attempts} times while one change was being decided");
    }

    /// <summary>The board of an agent and a candidate, as of now.</summary>
    public ReleaseView View(string agent, string? candidate) => store.Read(connection => new ReleaseView(
        ReleasingRows.ReadBoard(Command(connection, ReleasingSql.Board), agent),
        candidate is null ? null : Find(connection, candidate)?.Candidate));

    /// <summary>What an agent is served.</summary>
    public AgentBoard Board(string agent) => View(agent, null).Board;

    /// <summary>Agents anything happened to, sorted.</summary>
    public IReadOnlyList<string> Agents() => store.Read(static connection =>
    {
        var agents = new List<string>();
        using var select = Command(connection, ReleasingSql.Agents);
        using var row = select.ExecuteReader();
        while (row.Read()) agents.Add(row.GetString(0));
        return agents;
    });

    /// <summary>A candidate of the registry; null when there is none.</summary>
    public Candidate? Candidate(string digest) => store.Read(connection => Find(connection, digest)?.Candidate);

    /// <summary>The candidates of an agent, oldest first.</summary>
    public IReadOnlyList<Candidate> Candidates(string agent) => store.Read(connection =>
    {
        using var select = Command(connection, ReleasingSql.Candidates).Bind("@agent", agent);
        return ReleasingRows.ReadCandidates(select).ConvertAll(static row => row.Candidate);
    });

    /// <summary>The bundle of a candidate, its bytes checked against its name; null when there is none.</summary>
    /// <exception cref="InvalidDataException">The bytes are not the ones the candidate is named by, or their key was destroyed.</exception>
    public Bundle? Bundle(string digest)
    {
        if (store.Read(connection => Find(connection, digest)) is not { } row) return null;
        var text = store.Record(row.Entry, 0)[ReleaseFactJournal.BundleField]
            ?? throw new InvalidDataException($"the bytes of bundle {digest} were erased");
        var bytes = Encoding.UTF8.GetBytes(text);
        if (!string.Equals(BundleDigest.Of(bytes), digest, StringComparison.Ordinal))
            throw new InvalidDataException($"the bytes stored for bundle {digest} are those of {BundleDigest.Of(bytes)}");
        return BundleJson.Read(bytes);
    }

    /// <summary>Canonical JSON of the evaluation report that counts for a candidate; null when it was not evaluated.</summary>
    public string? Report(string digest) =>
        store.Read(connection => Find(connection, digest))?.ReportEntry is { } entry ? store.Record(entry, 0)[ReleaseFactJournal.ReportField] : null;

    /// <summary>How a person or policy is named in facts: people by pseudonym.</summary>
    public string PersonOf(Actor actor) => actor.IsPolicy ? actor.Name : PersonOf(actor.Name);

    /// <summary>Pseudonym of a person.</summary>
    public string PersonOf(string name) => store.PrincipalOf(name).ToString();

    /// <summary>Name behind a pseudonym or of a policy, for display; the pseudonym itself once it was erased.</summary>
    public string NameOf(string person) => Guid.TryParse(person, out var id) ? store.NameOf(id) ?? person : person;

    private static CandidateRow? Find(SqliteConnection connection, string digest)
    {
        using var select = Command(connection, ReleasingSql.Candidate).Bind("@digest", digest);
        return ReleasingRows.ReadCandidates(select) is [var one] ? one : null;
    }

#pragma warning disable CA2100 // The texts are constants of ReleasingSql; values go through parameters.
    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
#pragma warning restore CA2100
}
