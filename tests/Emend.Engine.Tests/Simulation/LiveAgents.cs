using System.Globalization;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Logic;

namespace Emend.Engine.Tests.Simulation;

/// <summary>Agents that decide in their own process, on the last manifest they could verify, and report what they did when they can.</summary>
internal sealed class LiveAgents(SimulatedLife run)
{
    private static readonly Actor Gateway = new("gateway");

    private readonly SortedDictionary<string, Client> _clients = new(StringComparer.Ordinal) { ["north"] = new(), ["south"] = new() };

    private Random Random => run.Random;
    private EmendEngine Engine => run.Engine;

    /// <summary>Reports that are not acknowledged.</summary>
    public int Waiting => _clients.Values.Sum(static c => c.Reports.Count);

    /// <summary>The server runs decisions through what their agents are served.</summary>
    public async Task<string> ServeAsync()
    {
        var known = Acknowledged();
        if (known.Length == 0) return "nothing";
        Random.Shuffle(known);
        var sum = await Engine.Serve.HandleAsync(new ServeDecisions(known.Take(Random.Next(1, 20)), Gateway), default);
        return string.Create(CultureInfo.InvariantCulture, $"{sum.Decisions} decisions, {sum.Changed} changed, {sum.Canary} by the candidate, {sum.AlreadyServed} known");
    }

    /// <summary>A client asks what is served; sometimes somebody between them plays back what was true once.</summary>
    public async Task<string> ListenAsync()
    {
        var (agent, client) = Any();
        var note = client.Seen.Count > 0 && Random.Next(3) == 0 ? client.Seen[Random.Next(client.Seen.Count)] : (await Engine.Publish.SignAsync(agent, default)).Note;
        return agent + " " + Take(agent, client, note);
    }

    /// <summary>A client decides: without the server, whatever state that is in.</summary>
    public Task<string> DecideAsync()
    {
        var (agent, client) = Any();
        var own = run.Spool.Decisions.Where(d => string.Equals(d.Agent, agent, StringComparison.Ordinal) && !client.Decided.Contains(d.Id)).ToArray();
        if (own.Length == 0) return Task.FromResult("nothing");
        var decision = own[Random.Next(own.Length)];
        var served = client.Plan(agent).Decide(decision);
        run.Invariants.Hold("I5", served.Final is not null || served.RuleId is not null, $"{decision.Id} got no answer");
        client.Decided.Add(decision.Id);
        client.Reports.Add(new(decision.Id, Microseconds.Of(run.Machine.Clock.Now), served.Arm, served.Release, served.ShareBp, served.Bundle, served.Verdict.Cause, served.RuleId, served.Verdict.Disposition, served.Final, 1));
        return Task.FromResult($"{decision.Id} {served.Arm} {served.Verdict.Cause} {served.Final?.Label}");
    }

    /// <summary>A client reports what it did, again and again until it is acknowledged.</summary>
    public async Task<string> ReportAsync()
    {
        var (_, client) = Any();
        return await ReportAsync(client);
    }

    /// <summary>All is well again: every client hears of the latest board and gets rid of its reports.</summary>
    public async Task CatchUpAsync()
    {
        foreach (var (agent, client) in _clients)
        {
            Take(agent, client, (await Engine.Publish.SignAsync(agent, default)).Note);
            run.Invariants.Hold("I5", client.Manifest?.Counter == Engine.Ledger.Board(agent).Counter || run.Has(Planted.TakesOldManifests), $"the client of {agent} is still at {client.Manifest?.Counter}");
            await ReportAsync(client);
        }
    }

    private async Task<string> ReportAsync(Client client)
    {
        var accepted = Acknowledged().Select(static d => d.Id).ToHashSet(StringComparer.Ordinal);
        var batch = client.Reports.Where(r => accepted.Contains(r.DecisionId)).ToList();
        if (batch.Count == 0) return "nothing";
        var results = await Engine.Servings.HandleAsync(batch, Gateway, default);
        for (var i = 0; i < batch.Count; i++)
        {
            run.Invariants.Hold("I6", results[i].Why is null, $"{batch[i].DecisionId} was reported and refused: {results[i].Why?.Message}");
            client.Reports.Remove(batch[i]);
        }
        return string.Join(' ', results.Select(static r => r.Result));
    }

    private string Take(string agent, Client client, string note)
    {
        var text = SignedNote.Verified(note, Engine.Publish.Verifier).Split('\n');
        var manifest = ReleaseManifestJson.Read(text[1]);
        if (manifest.Counter < client.Highest && !run.Has(Planted.TakesOldManifests)) return $"refuses {manifest.Counter}, has {client.Highest}";
        // There is one once the journal has signed anything: with the first receipt.
        using var journal = manifest.Bundles.IsEmpty ? null : VerifierKey.Parse(File.ReadAllText(Engine.Store.Files.VerifierKey));
        var policies = new Dictionary<string, CompiledPolicy>(StringComparer.Ordinal);
        foreach (var (digest, approval) in manifest.Bundles)
        {
            var proven = Receipt.Verify(approval, journal!);
            run.Invariants.Hold("I6", proven.Head.Type == ReleaseFactJournal.Approved && proven.RecordId == digest, $"the receipt beside {digest} is of {proven.RecordId}");
            policies.Add(digest, new(BundleDigest.Verify(BundleJson.Write(Engine.Ledger.Bundle(digest)!), digest)));
        }
        run.Invariants.NoteManifest(agent, manifest);
        run.Invariants.Hold("I6", manifest.Counter >= client.Highest, $"the client of {agent} went back from {client.Highest} to {manifest.Counter}");
        (client.Manifest, client.Policies) = (manifest, policies);
        client.Highest = Math.Max(client.Highest, manifest.Counter);
        client.Seen.Add(note);
        return string.Create(CultureInfo.InvariantCulture, $"takes {manifest.Counter}");
    }

    private Decision[] Acknowledged() => [.. run.Spool.All.Where(static s => s.State == Sent.Acknowledged).Select(static s => s.Signal).OfType<Decision>()];

    private (string Agent, Client Client) Any()
    {
        var agent = Random.Next(2) == 0 ? "north" : "south";
        return (agent, _clients[agent]);
    }

    private sealed class Client
    {
        public ReleaseManifest? Manifest { get; set; }
        public Dictionary<string, CompiledPolicy> Policies { get; set; } = [];
        /// <summary>Highest counter it ever took.</summary>
        public long Highest { get; set; }
        public List<string> Seen { get; } = [];
        public HashSet<string> Decided { get; } = new(StringComparer.Ordinal);
        public List<ReportedServing> Reports { get; } = [];

        public ServingPlan Plan(string agent)
        {
            if (Manifest is not { } manifest) return new(new() { Agent = agent }, null, null);
            var release = manifest.Release is { } r
                ? new Release { Id = r.Id, Candidate = r.Bundle, Salt = r.Salt, Share = TrafficShare.FromBasisPoints(r.ShareBp), Policy = ReleasePolicy.Default, By = "" }
                : null;
            return new(
                new() { Agent = agent, Served = manifest.Served, Previous = manifest.Previous, Current = release, IsKilled = manifest.IsKilled, Counter = manifest.Counter },
                manifest.Served is { } served ? new(served, Policies[served]) : null,
                release is null ? null : new(release.Candidate, Policies[release.Candidate]));
        }
    }
}
