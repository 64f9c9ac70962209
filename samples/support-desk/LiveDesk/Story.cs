using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using Emend.Client;
using Emend.Client.Observing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SupportDeskAgent;

namespace LiveDesk;

/// <summary>One month at the desk in a minute: the agent alone, a hasty change refused, a release taken back by itself, a good one rolled out.</summary>
internal sealed class Story(ServerProcess server, string folder, bool isShort)
{
    private const int Window = 60;

    private readonly List<double> _timesToApply = [];
    private readonly List<string> _failures = [];
    private int _share;

    /// <summary>Tells it; 0 when it went as it should.</summary>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        using var office = await Office.OpenAsync(server.Address, server.AdminKey, cancel);
        var data = Path.Combine(AppContext.BaseDirectory, "data");
        await office.RegisterAsync(await File.ReadAllTextAsync(Path.Combine(data, "agent.json"), cancel), cancel);
        var (release, journal) = await office.KeysAsync(cancel);

        // What an agent of your own does: add Emend to its host, then ask before acting.
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddEmend(emend =>
        {
            emend.Agent = Office.Agent;
            emend.Server = server.Address;
            emend.ApiKey = office.AgentKey;
            emend.StateFolder = Path.Combine(folder, "agent");
            emend.ReleaseKeys.Add(release);
            emend.JournalKeys.Add(journal);
        });
        using var host = builder.Build();
        await host.StartAsync(cancel);
        using var meter = Listen();
        var client = host.Services.GetRequiredService<EmendClient>();
        await client.WaitForLogicAsync(cancel);

        var tickets = Ticket.ReadAll(Path.Combine(data, "messages.tsv"));
        var queues = tickets.Select(static t => t.Queue).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var stream = new TicketStream(client, tickets, queues);
        Say($"{tickets.Count} messages come round; each line below is {Window} of them\n");
        Say($"{"",8} {"served to",10} {"agent alone",12} {"with Emend",11}");

        var before = await AloneAsync(client, office, stream, cancel);
        await HastyAsync(office, cancel);
        var candidate = await TakenBackAsync(client, office, stream, cancel);
        var after = await ReleasedAsync(client, office, stream, candidate, cancel);
        await client.DrainAsync(cancel);

        var counts = client.Counts;
        _timesToApply.Sort();
        Say($"\nerror {before:P1} before, {after:P1} after; {stream.Corrections} corrections by people");
        Say($"records: {counts.Recorded} recorded = {counts.Sent} sent + {counts.Waiting} waiting + {counts.Dropped} dropped");
        if (_timesToApply.Count > 0) Say($"release step to applied in the agent: {_timesToApply[_timesToApply.Count / 2]:F1} ms median, {_timesToApply[^1]:F1} ms slowest of {_timesToApply.Count}");
        Say($"{Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s");
        Expect(after < before * 0.7, "the error falls by at least three tenths");
        Expect(counts is { Waiting: 0, Dropped: 0 }, "nothing is lost");
        await host.StopAsync(cancel);
        foreach (var failure in _failures) Console.Error.WriteLine("NOT SO: " + failure);
        return _failures.Count == 0 ? 0 : 1;
    }

    // The agent alone: nothing is released, people look at three of five decisions.
    private async Task<double> AloneAsync(EmendClient client, Office office, TicketStream stream, CancellationToken cancel)
    {
        Act("The agent alone, people correcting it");
        var (wrong, tickets) = (0, 0);
        for (var window = 0; window < (isShort ? 6 : 8); window++)
        {
            var stretch = await FlowAsync(client, stream, isReviewed: true, isOldHandbook: false, cancel);
            (wrong, tickets) = (wrong + stretch.Wrong, tickets + stretch.Tickets);
        }
        var ruled = await office.RuleAsync(stream.Known, cancel);
        Say($"         {stream.Corrections} corrections; uma, who corrected none of them, ruled on {ruled} decisions");
        return wrong / (double)tickets;
    }

    // Learned from the mistakes alone, without a look at where the agent was right.
    private async Task HastyAsync(Office office, CancellationToken cancel)
    {
        Act("A hasty candidate");
        var candidate = await office.BuildAsync(isRash: true, cancel);
        var report = await office.EvaluateAsync(candidate, cancel);
        Say($"         {Short(candidate)} {Result(report)}; {Gates(report)}");
        var refusal = await office.ApproveAsync(candidate, cancel);
        Say($"         tom tries to approve it: refused, {refusal}");
        Expect(refusal is not null, "the hasty candidate is refused");
    }

    // At half of the traffic the desk goes back to its old handbook by mistake: what was learned now does harm.
    private async Task<string> TakenBackAsync(EmendClient client, Office office, TicketStream stream, CancellationToken cancel)
    {
        Act("A careful candidate goes out, and the desk is set back to its old handbook by mistake");
        var candidate = await office.BuildAsync(isRash: false, cancel);
        var report = await office.EvaluateAsync(candidate, cancel);
        Say($"         {Short(candidate)} {Result(report)}; mira built it, tom approves, otto releases");
        Expect(await office.ApproveAsync(candidate, cancel) is null, "tom may approve the careful candidate");
        await StepAsync(client, office, () => office.StartAsync(candidate, [0, 5_000, 10_000], cancel), cancel);
        await FlowAsync(client, stream, isReviewed: false, isOldHandbook: false, cancel);
        await StepAsync(client, office, () => office.AdvanceAsync(withoutProof: true, cancel), cancel);
        await FlowAsync(client, stream, isReviewed: false, isOldHandbook: false, cancel);

        var isTakenBack = false;
        for (var window = 0; window < 15 && !isTakenBack; window++)
        {
            await FlowAsync(client, stream, isReviewed: false, isOldHandbook: true, cancel);
            var evidence = Evidence(await office.BoardAsync(cancel));
            var refusal = await office.AdvanceAsync(withoutProof: false, cancel);
            var board = await office.BoardAsync(cancel);
            isTakenBack = !board.TryGetProperty("release", out _) && !board.TryGetProperty("served", out _);
            Say($"         evidence of harm {evidence:F1}, taken back at 20: {(isTakenBack ? "taken back by itself" : $"no next step, {refusal}")}");
        }
        Expect(isTakenBack, "the release is taken back by itself");
        await SettleAsync(client, office, cancel);
        return candidate;
    }

    // The handbook is put right; what was taken back needs a new evaluation and a new approval.
    private async Task<double> ReleasedAsync(EmendClient client, Office office, TicketStream stream, string candidate, CancellationToken cancel)
    {
        Act("The handbook is right again: judged anew, approved anew, released");
        await FlowAsync(client, stream, isReviewed: false, isOldHandbook: false, cancel);
        Expect(await office.StartAsync(candidate, [0, 2_500, 10_000], cancel) is not null, "what was taken back does not start again as it is");
        Say($"         {Short(candidate)} {Result(await office.EvaluateAsync(candidate, cancel))}");
        Expect(await office.ApproveAsync(candidate, cancel) is null, "tom may approve it again");
        await StepAsync(client, office, () => office.StartAsync(candidate, [0, 2_500, 10_000], cancel), cancel);
        for (var step = 0; step < 2; step++)
        {
            for (var window = 0; window <= step; window++) await FlowAsync(client, stream, isReviewed: false, isOldHandbook: false, cancel);
            await StepAsync(client, office, () => office.AdvanceAsync(withoutProof: true, cancel), cancel);
        }
        var (wrong, tickets) = (0, 0);
        for (var window = 0; window < (isShort ? 4 : 8); window++)
        {
            var stretch = await FlowAsync(client, stream, isReviewed: false, isOldHandbook: false, cancel);
            (wrong, tickets) = (wrong + stretch.Wrong, tickets + stretch.Tickets);
        }
        return wrong / (double)tickets;
    }

    private async Task<Stretch> FlowAsync(EmendClient client, TicketStream stream, bool isReviewed, bool isOldHandbook, CancellationToken cancel)
    {
        var stretch = await stream.FlowAsync(Window, isReviewed, isOldHandbook);
        await client.DrainAsync(cancel);
        var bar = new string('#', stretch.Wrong * 40 / Window).PadRight(20);
        Say($"{"",8} {Served(),10} {stretch.AgentWrong / (double)Window,11:P0} {stretch.Wrong / (double)Window,10:P0}  {bar}{(isOldHandbook ? " old handbook" : "")}");
        return stretch;
    }

    private string Served() => _share switch { < 0 => "everybody", 0 => "nobody", _ => string.Create(CultureInfo.InvariantCulture, $"{_share / 100.0:0.#} %") };

    private async Task StepAsync(EmendClient client, Office office, Func<Task<string?>> ask, CancellationToken cancel)
    {
        var refusal = await ask();
        Expect(refusal is null, $"the release goes to its next step (refused: {refusal})");
        await SettleAsync(client, office, cancel);
    }

    // Waits until the agent has what the server says: a moment, but the next line should show it.
    private async Task SettleAsync(EmendClient client, Office office, CancellationToken cancel)
    {
        var board = await office.BoardAsync(cancel);
        var counter = board.GetProperty("counter").GetInt64();
        while (client.ReleaseCounter < counter) await Task.Delay(1, cancel);
        _share = board.TryGetProperty("release", out var release) ? release.GetProperty("shareBp").GetInt32() : board.TryGetProperty("served", out _) ? -1 : 0;
    }

    private MeterListener Listen()
    {
        var listener = new MeterListener { InstrumentPublished = static (instrument, on) => { if (instrument.Meter.Name == ClientMeters.Name && instrument.Name.EndsWith("time_to_apply", StringComparison.Ordinal)) on.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((_, time, _, _) => _timesToApply.Add(time));
        listener.Start();
        return listener;
    }

    private void Expect(bool holds, string what)
    {
        if (!holds) _failures.Add(what);
    }

    private static double Evidence(JsonElement board) => board.TryGetProperty("release", out var release) ? release.GetProperty("rollbackEvidence").GetDouble() : 0;

    private static string Result(JsonElement report) => report.GetProperty("result").GetString()!;

    private static string Gates(JsonElement report) => string.Join("; ", report.GetProperty("gates").EnumerateArray()
        .Where(static gate => gate.GetProperty("verdict").GetString() == "Block")
        .Select(static gate => $"{gate.GetProperty("id").GetString()}: {gate.GetProperty("reason").GetString()}"));

    private static string Short(string digest) => digest[7..19];

    private static void Act(string title) => Console.WriteLine($"\n{title}");

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
