using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Emend.Engine.Capturing;
using Emend.Engine.Evaluating;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Reviewing;
using Emend.Engine.Serving;
using Emend.Engine.Storage;
using Emend.Engine.Tests.Capturing;
using Emend.Logic;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Tests.Simulation;

/// <summary>What always holds, found out from the journal alone wherever that is possible: none of it asks the code it checks.</summary>
internal sealed class Invariants(SimulatedLife run)
{
    private static readonly ConcurrentBag<MemoryStore> s_memory = [];

    private readonly List<Checkpoint> _checkpoints = [];

    private EmendEngine Engine => run.Engine;

    /// <summary>Texts, as the journal holds them, that were readable when their subject was erased.</summary>
    public HashSet<string> Erased { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether people ruled: what they ruled on depends on what stood then.</summary>
    public bool HasRulings { get; set; }

    public void Hold(string name, bool holds, string what)
    {
        if (!holds) throw new InvariantIsBroken(name, what);
    }

    public async Task<string> HoldCheckpointAsync()
    {
        var note = await SignCheckpoint.SignAsync(Engine.Store, default);
        using var key = VerifierKey.Parse(await File.ReadAllTextAsync(Engine.Store.Files.VerifierKey));
        _checkpoints.Add(Checkpoint.Parse(SignedNote.Verified(note, key)));
        return string.Create(CultureInfo.InvariantCulture, $"over {_checkpoints[^1].Size}");
    }

    public void NoteManifest(string agent, ReleaseManifest manifest)
    {
        var approved = Fold().Approved;
        foreach (var (digest, _) in manifest.Bundles) Hold("I6", approved.Contains(digest), $"a manifest of {agent} names {digest}, which nobody approved");
    }

    /// <summary>Looks at all of it.</summary>
    public Task CheckAsync(bool isThorough)
    {
        var count = new Dictionary<string, int>(StringComparer.Ordinal);
        var served = new HashSet<string>(StringComparer.Ordinal);
        var recordedAt = long.MinValue;
        foreach (var entry in Engine.Store.Entries())
        {
            Hold("I4", entry.RecordedAt >= recordedAt, $"entry {entry.Index} was recorded before the one ahead of it");
            recordedAt = entry.RecordedAt;
            foreach (var record in entry.Records)
            {
                if (LogicalOf(entry, record) is { } logical) count[logical] = count.GetValueOrDefault(logical) + 1;
                if (entry.Type == ExposureJournal.EntryType) Hold("I2", served.Add(record.Id), $"{record.Id} was served twice");
                foreach (var field in record.Fields)
                    if (field.Json is { } json) Hold("I7", !Erased.Contains(json), $"entry {entry.Index} still reads {json}");
            }
        }
        foreach (var one in run.Spool.All)
        {
            var found = count.GetValueOrDefault(one.Logical);
            Hold("I2", found <= 1, $"{one.Logical} is in the journal {found} times");
            if (one.State != Sent.Acknowledged) continue;
            Hold("I1", found == 1, $"{one.Logical} was acknowledged and is not in the journal");
            if (isThorough) Hold("I1", IsStill(one), $"{one.Logical} is in the journal, but the read models do not know it as it was sent");
        }
        CheckServing();
        foreach (var held in _checkpoints)
            Hold("I4", Engine.Store.WithReader(reader => new TreeReader(reader.Commands).Hash(0, held.Size)).AsSpan().SequenceEqual(held.Root), $"the first {held.Size} entries are not the ones that were signed");
        if (isThorough) Hold("I4", VerifyJournal.Run(Engine.Store, null, default) is { IsSound: true }, "the journal does not verify");
        return Task.CompletedTask;
    }

    /// <summary>Everything that was sent is acknowledged, nothing that was reported waits.</summary>
    public void CheckNothingWaits()
    {
        Hold("I1", run.Spool.All.All(static s => s.State == Sent.Acknowledged), "something is still not acknowledged");
        Hold("I5", run.Agents.Waiting == 0, $"{run.Agents.Waiting} reports still wait");
        Hold("I8", Engine.Decisions.Find(Machine.Neighbour) is null && run.Machine.NeighbourIsUntouched, "something crossed into or out of the other workspace");
    }

    /// <summary>The same signals in another order, to a store without any fault: the same rows.</summary>
    public void CheckOrderDoesNotMatter()
    {
        if (!s_memory.TryTake(out var memory)) memory = new(run.Machine.Clock);
        memory.Clear();
        var order = run.Spool.All.ToArray();
        run.Random.Shuffle(order);
        foreach (var agent in Engine.Agents.All()) Done(new AgentHandler(memory, new(memory)).HandleAsync(new RegisterAgent(agent, new("ada")), default));
        foreach (var one in order)
        {
            _ = one.Signal switch
            {
                Decision d => Done(new AcceptBatch<Decision>(memory, new AcceptDecisions(memory, new(memory), strict: false), run.Machine.Clock).HandleAsync([d], new("sender"), default)),
                Correction c => Done(new AcceptBatch<Correction>(memory, new AcceptCorrections(memory, new(memory)), run.Machine.Clock).HandleAsync([c], new("sender"), default)),
                Outcome o => Done(new AcceptBatch<Outcome>(memory, new AcceptOutcomes(memory), run.Machine.Clock).HandleAsync([o], new("sender"), default)),
                _ => [],
            };
        }
        foreach (var said in run.Spool.All.Select(static s => s.Signal).OfType<Correction>())
            if (Engine.Corrections.Find(said.Id)!.IsWithdrawn) Done(new WithdrawCorrectionHandler(memory, run.Machine.Clock).HandleAsync(new(said.Id, "a mistake", new("lead")), default));
        IEnumerable<IProjection> models = HasRulings ? [new SignalProjection()] : [new SignalProjection(), new ReviewProjection()];
        var queries = models.SelectMany(static m => m.DigestQueries).ToList();
        var (live, other) = (Engine.Store.Read(c => Rows(c, queries)), memory.Read(c => Rows(c, queries)));
        Hold("I3", live == other, "the same signals in another order give other rows:\n" + string.Join('\n', live.Split('\n').Except(other.Split('\n')).Take(3)) + "\n!=\n" + string.Join('\n', other.Split('\n').Except(live.Split('\n')).Take(3)));
        s_memory.Add(memory);

        // The memory store answers at once: nothing is waited for.
        static T Done<T>(Task<T> task) => task.IsCompletedSuccessfully ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("the memory store does not wait", task.Exception);
    }

    /// <summary>
    /// Texts of a subject's decisions, and of what was said of them, that can be read now. A decision that did not come yet is about
    /// nobody, and so is one whose subject was erased before (spec, section 5): what is said of it from then on is nobody's.
    /// </summary>
    public HashSet<string> ReadableOf(string subject)
    {
        var theirs = run.Spool.Decisions.Where(d => d.Subject == subject && Engine.Decisions.Find(d.Id)?.Decision.Subject == subject).Select(static d => "secret-" + d.Id[2..]).ToList();
        return [.. Engine.Store.Entries().Where(static e => e.Type is DecisionRecord.Type or CorrectionRecord.Type).SelectMany(static e => e.Records).SelectMany(static r => r.Fields)
            .Select(static f => f.Json).OfType<string>().Where(json => theirs.Exists(text => json.Contains(text, StringComparison.Ordinal)))];
    }

    /// <summary>The bug: the board serves a candidate nobody approved.</summary>
    public async Task PlantUnapprovedAsync()
    {
        var approved = Fold().Approved;
        if (new[] { "north", "south" }.SelectMany(Engine.Ledger.Candidates).FirstOrDefault(c => !approved.Contains(c.Digest)) is not { } candidate) return;
        await Engine.Store.WriteAsync(work => work.Command("UPDATE agent_board SET served = @digest WHERE agent = @agent").Bind("@digest", candidate.Digest).Bind("@agent", candidate.Agent).ExecuteNonQuery(), default);
    }

    /// <summary>The bug: the fast lane approves what did not pass.</summary>
    public async Task PlantApprovalByPolicyAsync()
    {
        if (Engine.Ledger.Candidates("north").LastOrDefault(static c => c.State == CandidateState.Evaluated && c.Evaluation is not { IsAutomatic: true }) is not { } candidate) return;
        await Engine.Ledger.ChangeAsync<CandidateApproved>("north", candidate.Digest, RunFastLane.Policy, (_, by, at) => new CandidateApproved("north", by, at, candidate.Digest, new(by, candidate.Evaluation!.Report, at), true, false, "no"), default);
    }

    /// <summary>The bug: a policy takes the last step without proof.</summary>
    public async Task PlantStepWithoutProofAsync()
    {
        if (Engine.Ledger.Board("north").Current is not { } release) return;
        await Engine.Ledger.ChangeAsync<ReleaseAdvanced>("north", null, RunFastLane.Policy, (_, by, at) => new ReleaseAdvanced("north", by, at, release.Id, release.Candidate, release.Replaces, release.Share, TrafficShare.Full, false), default);
    }

    /// <summary>The bug: a bit of the journal turns.</summary>
    public Task PlantFlipAsync() => run.Machine.CorruptAsync(journal =>
    {
        using var connection = SqliteFile.Open(journal, SqliteOpenMode.ReadWrite);
        SqliteFile.Execute(connection, "DROP TRIGGER entry_is_never_changed; UPDATE entry SET body = CAST(replace(body, 'route', 'ruote') AS BLOB) WHERE idx = (SELECT min(idx) FROM entry WHERE instr(body, 'route') > 0)");
    });

    // What is served, from the facts in the journal, by rules of its own.
    private (HashSet<string> Approved, Dictionary<string, string?> Served) Fold()
    {
        var authors = new Dictionary<string, (string Agent, string By)>(StringComparer.Ordinal);
        var approvers = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        var approved = new HashSet<string>(StringComparer.Ordinal);
        var served = new Dictionary<string, string?>(StringComparer.Ordinal);
        // What passed every gate as an automatic change: all that a policy may approve.
        var passed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in Engine.Store.Entries())
        {
            switch (ReleaseFactJournal.Read(entry, () => entry.Actor.Name))
            {
                case CandidateBuilt built:
                    authors.TryAdd(built.Candidate, (built.Agent, built.By));
                    break;
                case CandidateEvaluated evaluated:
                    Hold("I6", authors.ContainsKey(evaluated.Candidate), $"{evaluated.Candidate} was evaluated before it was built");
                    approvers[evaluated.Candidate] = new(StringComparer.Ordinal);
                    if (evaluated.Evaluation is { IsAutomatic: true, Result: EvaluationResult.Passed }) passed.Add(evaluated.Candidate);
                    else passed.Remove(evaluated.Candidate);
                    break;
                case CandidateApproved done when Actor.IsNameOfPolicy(done.By):
                    Hold("I6", passed.Contains(done.Candidate) && done.Agent != "south", $"{done.By} approved {done.Candidate} of {done.Agent}, which no policy may");
                    approved.Add(done.Candidate);
                    break;
                case CandidateApproved done:
                    Hold("I6", approvers.ContainsKey(done.Candidate), $"{done.Candidate} was approved before it was evaluated");
                    Hold("I6", done.By != authors[done.Candidate].By, $"{done.By} approved a candidate of their own");
                    approvers[done.Candidate].Add(done.By);
                    if (approvers[done.Candidate].Count >= (done.Agent == "south" ? 2 : 1)) approved.Add(done.Candidate);
                    break;
                case ReleaseStarted started:
                    Hold("I6", approved.Contains(started.Release.Candidate), $"{started.Release.Candidate} was released without approval");
                    break;
                case ReleaseExtended extended:
                    Hold("I6", approved.Contains(extended.To), $"{extended.To} took the place of another without approval");
                    break;
                case ReleaseAdvanced { Completes: true } full:
                    Hold("I6", full.HasProof || !Actor.IsNameOfPolicy(full.By), $"{full.By} released {full.Candidate} to everybody without the proof");
                    served[full.Agent] = full.Candidate;
                    break;
                case RolledBack back:
                    served[back.Agent] = back.To;
                    break;
            }
            if (entry.Type != ExposureJournal.EntryType) continue;
            foreach (var record in entry.Records)
                if (record.TextOrNull("bundle") is { } bundle) Hold("I6", approved.Contains(bundle), $"{record.Id} was served by {bundle}, which nobody had approved then");
        }
        return (approved, served);
    }

    private void CheckServing()
    {
        var (_, served) = Fold();
        foreach (var agent in new[] { "north", "south" })
            Hold("I6", Engine.Ledger.Board(agent).Served == served.GetValueOrDefault(agent), $"{agent} is served {Engine.Ledger.Board(agent).Served}, the journal says {served.GetValueOrDefault(agent)}");
    }

    private bool IsStill(Spooled one) => one.Signal switch
    {
        Decision d => Engine.Decisions.Find(d.Id)?.Decision is { } stored && stored.OccurredAt == d.OccurredAt && stored.Agent == d.Agent && stored.Proposed.Equals(d.Proposed),
        Correction c => Engine.Corrections.Find(c.Id)?.Correction is { } stored && stored.At == c.At && stored.By == c.By && stored.Verdict == c.Verdict && Equals(stored.Action?.Label, c.Action?.Label),
        _ => true,
    };

    private static string? LogicalOf(JournalEntry entry, JournalRecord record) => entry.Type switch
    {
        DecisionRecord.Type => "d " + record.Id,
        CorrectionRecord.Type => $"c {record.Text("decisionId")} {FieldText.Instant(record, "at")}",
        OutcomeRecord.Type => $"o {record.Text("decisionId")} {record.Text("metric")} {FieldText.Instant(record, "at")}",
        _ => null,
    };

    private static string Rows(SqliteConnection connection, IEnumerable<string> queries)
    {
        var text = new StringBuilder();
        foreach (var query in queries)
        {
            using var command = connection.CreateCommand();
            command.CommandText = query;
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                for (var i = 0; i < rows.FieldCount; i++) text.Append(rows.IsDBNull(i) ? "-" : Convert.ToString(rows.GetValue(i), CultureInfo.InvariantCulture)).Append('\t');
                text.Append('\n');
            }
        }
        return text.ToString();
    }
}
