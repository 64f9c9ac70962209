using System.Diagnostics;
using System.Globalization;
using System.Text;
using Emend.Client;
using Emend.Logic;

namespace Emend.CrashHost;

/// <summary>
/// An agent that is killed while it decides and people correct it: every correction it was told is safe is flushed to a side file before
/// the next one. After so many of them it kills itself some microseconds later, while two threads go on.
/// </summary>
internal static class CrashingAgent
{
    public static async Task<int> RunAsync(string state, string acknowledgements, int corrections, int microseconds)
    {
        await using var emend = EmendClient.Open(new() { Agent = "router", StateFolder = state, SpoolBytes = 1 << 20 });
        using var side = new FileStream(acknowledgements, FileMode.Append, FileAccess.Write, FileShare.Read);
        var run = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        new Thread(() => Decide(emend, run)) { IsBackground = true }.Start();
        for (var i = 0; ; i++)
        {
            if (i == corrections) new Thread(() => Kill(microseconds)).Start();
            var key = string.Create(CultureInfo.InvariantCulture, $"{run}-{i}");
            var receipt = await emend.CorrectAsync(new() { DecisionId = key, Verdict = CorrectionVerdict.Reject, By = "rosa", Comment = new string('x', i * 37 % 3_000), IdempotencyKey = key }).ConfigureAwait(false);
            if (!receipt.IsRecorded) continue;
            side.Write(Encoding.ASCII.GetBytes(key + "\n"));
            side.Flush(flushToDisk: true);
        }
    }

    private static void Decide(EmendClient emend, string run)
    {
        for (var i = 0; ; i++) emend.Decide(new Proposal(Context.Of([], text: "something to read"), new("a")) { DecisionId = string.Create(CultureInfo.InvariantCulture, $"d-{run}-{i}") });
    }

    private static void Kill(int microseconds)
    {
        var from = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(from) < TimeSpan.FromMicroseconds(microseconds)) Thread.SpinWait(20);
        Process.GetCurrentProcess().Kill();
    }
}
