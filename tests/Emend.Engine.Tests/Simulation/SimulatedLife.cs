using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Journal;
using Emend.Engine.Storage;

namespace Emend.Engine.Tests.Simulation;

/// <summary>A bug put in on purpose, to see that it is found.</summary>
public enum Planted : byte
{
    None,
    /// <summary>A client whose keys are new with every try: what it says again counts again.</summary>
    ForgottenKeys,
    /// <summary>A store that answers before it has written.</summary>
    AnswersTooEarly,
    /// <summary>A board that serves what nobody approved.</summary>
    ServesUnapproved,
    /// <summary>A backup that brings destroyed keys back.</summary>
    BringsKeysBack,
    /// <summary>A disk that flips a bit of the journal.</summary>
    FlipsABit,
    /// <summary>A client that takes an older manifest after a newer one.</summary>
    TakesOldManifests,
    /// <summary>An erasure that is noted as done before the key is gone, and cut there.</summary>
    LeavesErasuresHalf,
    /// <summary>A restore that asks nobody who was erased since.</summary>
    RestoresWithoutRegister,
    /// <summary>A fast lane that approves what did not pass every gate.</summary>
    SkipsTheGates,
    /// <summary>A policy that serves everybody without the proof.</summary>
    WidensWithoutProof,
    /// <summary>A file of keys that somebody puts back after a key was revoked.</summary>
    ForgetsRevocations,
}

/// <summary>
/// A year in the life of one workspace, drawn from one number: clients, reviewers and releases, in any order, on a machine that is
/// killed and started again. Everything that is left to chance comes from the seed, so the seed alone plays the same run again.
/// </summary>
internal sealed class SimulatedLife : IAsyncDisposable
{
    /// <summary>Steps of the shortest run; others are longer by up to as much again.</summary>
    private const int Shortest = 15;

    private readonly Planted _planted;
    private readonly IncrementalHash _trace = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<string> _lines = [];

    private SimulatedLife(int seed, Planted planted, Random random, Machine machine)
    {
        (Seed, _planted, Random, Machine) = (seed, planted, random, machine);
        Spool = new(random, new(machine.Clock));
        People = new(this);
        Agents = new(this);
        Operators = new(this);
        Invariants = new(this);
    }

    public int Seed { get; }
    public Random Random { get; }
    public Machine Machine { get; }
    public EmendEngine Engine => Machine.Engine;
    public Spool Spool { get; }
    public People People { get; }
    public LiveAgents Agents { get; }
    public Operators Operators { get; }
    public Invariants Invariants { get; }
    public bool Has(Planted planted) => _planted == planted;

    /// <summary>Runs one seed to its end.</summary>
    /// <returns>What happened, and the digest of it.</returns>
    /// <exception cref="InvariantIsBroken">An invariant does not hold; the message names the seed and the last steps.</exception>
    public static async Task<(string Digest, IReadOnlyList<string> Trace)> RunAsync(int seed, Planted planted = Planted.None)
    {
#pragma warning disable CA5394 // Chance for tests, not for secrets.
        var random = new Random(seed);
#pragma warning restore CA5394
        await using var run = new SimulatedLife(seed, planted, random, await Machine.StartAsync(random));
        try
        {
            return await run.PlayAsync();
        }
        catch (Exception fault) when (fault is not InvariantIsBroken { Seed: not null })
        {
            throw new InvariantIsBroken((fault as InvariantIsBroken)?.Name ?? fault.GetType().Name, $"{fault.Message}\nreplay it with EMEND_SEED={seed}\nlast steps:\n{string.Join('\n', run._lines.TakeLast(Environment.GetEnvironmentVariable("EMEND_SEED") is null ? 12 : 1_000))}\n{fault.StackTrace}", seed);
        }
    }

    /// <summary>Writes one line into the trace.</summary>
    public void Note(string line)
    {
        _lines.Add(line);
        _trace.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
    }

    public async ValueTask DisposeAsync()
    {
        _trace.Dispose();
        Operators.Dispose();
        await Machine.DisposeAsync();
    }

    private async Task<(string Digest, IReadOnlyList<string> Trace)> PlayAsync()
    {
        await People.RegisterAgentsAsync();
        // Something to work with; the interesting part is what comes on top of it.
        for (var i = 0; i < 3; i++) Note("warm up: " + Spool.Produce());
        await People.SendAllAsync();
        // A bug that was put in on purpose is given the time to show.
        var steps = _planted != Planted.None ? 4 * Shortest : Shortest + (Seed % 3 * Shortest / 2);
        for (var step = 0; step < steps; step++)
        {
            Tick();
            Arm();
            var (name, act) = Draw();
            await TryAsync(string.Create(CultureInfo.InvariantCulture, $"{step} {name}"), act);
            if (step == Shortest) await QuietAsync(step, isThorough: false);
        }
        await HealAsync(steps);
        return (Convert.ToHexStringLower(_trace.GetHashAndReset()), _lines);
    }

    private (string Name, Func<Task<string>> Act) Draw()
    {
        // The weights of a working day: mostly signals, sometimes releases, rarely an erasure.
        (int Weight, string Name, Func<Task<string>> Act)[] steps =
        [
            (10, "produce", () => Task.FromResult(Spool.Produce())),
            (24, "send", () => People.SendAsync(Spool.Next())),
            (2, "send something else under a known key", People.ContradictAsync),
            (4, "rule", People.RuleAsync),
            (4, "withdraw", People.WithdrawAsync),
            (2, "write a rule", People.WriteRuleAsync),
            (34, "push", People.PushAsync),
            (1, "build", People.BuildAsync),
            (1, "evaluate", People.EvaluateAsync),
            (2, "approve", People.ApproveAsync),
            (1, "reject", People.RejectAsync),
            (2, "start", People.StartAsync),
            (1, "advance", People.AdvanceAsync),
            (2, "pause or resume", People.PauseOrResumeAsync),
            (3, "roll back", People.RollBackAsync),
            (1, "kill switch", People.TurnKillSwitchAsync),
            (8, "serve", Agents.ServeAsync),
            (9, "client listens", Agents.ListenAsync),
            (6, "client decides", Agents.DecideAsync),
            (3, "client reports", Agents.ReportAsync),
            (3, "fast lane", People.RunFastLaneAsync),
            (4, "carry", People.CarryAsync),
            (1, "back up", Operators.BackUpAsync),
            (1, "try the backup", Operators.TryBackupAsync),
            (3, "keys", Operators.ChangeKeysAsync),
            (2, "erase", People.EraseAsync),
            (1, "undo", People.UndoAsync),
            (2, "checkpoint", Invariants.HoldCheckpointAsync),
            (4, "kill", () => KillAsync(tear: Random.Next(2) == 0)),
        ];
        var at = Random.Next(steps.Sum(static s => s.Weight));
        foreach (var (weight, name, act) in steps)
            if ((at -= weight) < 0) return (name, act);
        throw new System.Diagnostics.UnreachableException();
    }

    // Mostly on, sometimes far, sometimes back: the journal's time never decreases, whatever the clock does.
    private void Tick() => Machine.Clock.Move(Random.Next(12) switch
    {
        0 => TimeSpan.FromHours(Random.Next(1, 40)),
        1 => TimeSpan.FromMinutes(-Random.Next(1, 60)),
        _ => TimeSpan.FromSeconds(Random.Next(1, 900)),
    });

    private void Arm()
    {
        Machine.Port.Fault = Random.Next(24) switch
        {
            0 => WriteFault.CrashBefore,
            1 => WriteFault.CrashAfter,
            2 => WriteFault.CrashBetweenKeysAndJournal,
            3 => WriteFault.DiskFull,
            4 or 5 or 6 when Has(Planted.AnswersTooEarly) => WriteFault.AnswerWithoutWriting,
            _ => WriteFault.None,
        };
        // Somebody else is faster, between what this step looks at and what it writes.
        if (Random.Next(5) == 0) Machine.Port.Meanwhile = async () =>
        {
            var batch = Spool.Next();
            Note("  meanwhile: " + await People.SendAsync(batch));
        };
    }

    private async Task TryAsync(string name, Func<Task<string>> act)
    {
        string what;
        try
        {
            what = await act();
        }
        catch (SimulatedCrash)
        {
            what = "killed";
            await Machine.KillAsync(tear: Random.Next(2) == 0);
        }
        catch (DiskIsFullException)
        {
            what = "disk full";
        }
        (Machine.Port.Fault, Machine.Port.Meanwhile) = (WriteFault.None, null);
        Note($"{name}: {what}");
    }

    private async Task<string> KillAsync(bool tear)
    {
        await Machine.KillAsync(tear);
        return "started again";
    }

    // Nothing is under way: everything that always holds is looked at.
    private async Task QuietAsync(int step, bool isThorough)
    {
        if (Has(Planted.ServesUnapproved)) await Invariants.PlantUnapprovedAsync();
        if (Has(Planted.SkipsTheGates)) await Invariants.PlantApprovalByPolicyAsync();
        if (Has(Planted.WidensWithoutProof)) await Invariants.PlantStepWithoutProofAsync();
        if (Has(Planted.FlipsABit) && isThorough) await Invariants.PlantFlipAsync();
        await Invariants.CheckAsync(isThorough);
        Note($"{step} quiet: {Machine.Engine.Store.Size} entries, state {StateDigest.Of(Engine.Store)}");
    }

    // No more faults: within bounded work everything is acknowledged, and read models built anew are the ones there were.
    private async Task HealAsync(int steps)
    {
        await Machine.KillAsync(tear: true);
        await People.SendAllAsync();
        await Agents.CatchUpAsync();
        await Operators.CatchUpAsync();
        await QuietAsync(steps, isThorough: true);
        Invariants.CheckNothingWaits();
        var live = StateDigest.Of(Engine.Store);
        await RebuildProjections.RunAsync(Engine.Store, null, CancellationToken.None);
        Invariants.Hold("I3", live == StateDigest.Of(Engine.Store), "read models built anew differ from the live ones");
        Invariants.CheckOrderDoesNotMatter();
    }
}

/// <summary>An invariant does not hold.</summary>
internal sealed class InvariantIsBroken(string name, string what, int? seed = null) : Exception($"{name}: {what}")
{
    public string Name { get; } = name;
    public int? Seed { get; } = seed;
}
