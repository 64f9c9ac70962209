using System.Globalization;
using SupportDeskAgent;

// dotnet run --project samples/support-desk/SupportDeskAgent -- DATA_DIR [--check]
if (args is not ([_] or [_, "--check"]))
{
    Console.Error.WriteLine("usage: SupportDeskAgent DATA_DIR [--check]");
    return 2;
}

var folder = args[0];
var check = args.Length == 2;

var tickets = Ticket.ReadAll(Path.Combine(folder, "messages.tsv"));
var queues = tickets.Select(t => t.Queue).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
var arrivals = OfficeClock.Arrivals(tickets.Count, days: 20);
var decisions = tickets.Select((ticket, i) => new Decision(ticket, Router.Route(ticket.Text), arrivals[i])).ToList();
var corrections = new Desk(queues).Corrections(decisions);

var stale = 0;
foreach (var (name, bytes) in new (string, byte[])[]
{
    ("decisions.jsonl", LogFiles.Decisions(decisions)),
    ("outcomes.jsonl", LogFiles.Outcomes(Desk.Outcomes(decisions))),
    ("corrections.jsonl", LogFiles.Corrections(corrections)),
    ("catalogue.json", LogFiles.Catalogue(queues)),
})
{
    var path = Path.Combine(folder, name);
    if (!check)
    {
        File.WriteAllBytes(path, bytes);
    }
    else if (!Holds(path, bytes))
    {
        stale++;
        Console.Error.WriteLine($"{path} differs from what the agent and messages.tsv give");
    }
}

Say($"{decisions.Count} messages, {queues.Count} queues");
var wrong = decisions.Count(d => d.Error is not ErrorKind.None);
Say($"{wrong} wrong ({100.0 * wrong / decisions.Count:0.0} %)");
foreach (var kind in Enum.GetValues<ErrorKind>().Where(k => k is not ErrorKind.None))
{
    Say($"  {decisions.Count(d => d.Error == kind),4} {kind}");
    foreach (var pattern in decisions.Where(d => d.Error == kind && kind is not ErrorKind.Unsystematic)
                 .GroupBy(d => $"{d.Proposal.Queue} -> {d.Ticket.Queue}", StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal))
        Say($"         {pattern.Count(),4} {pattern.Key}");
}

Say($"{corrections.Count} lines in corrections.jsonl, {corrections.DistinctBy(c => c.IdempotencyKey).Count()} without repeats");
foreach (var verdict in corrections.DistinctBy(c => c.IdempotencyKey).GroupBy(c => c.Verdict, StringComparer.Ordinal).OrderByDescending(g => g.Count()))
    Say($"  {verdict.Count(),4} {verdict.Key}");

if (check && stale == 0) Say($"the files are the same, byte for byte");
return stale == 0 ? 0 : 1;

static bool Holds(string path, byte[] bytes) => File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes);

static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
