namespace SupportDeskAgent;

/// <summary>A proposal on record. <paramref name="Second"/> is its arrival on the <see cref="OfficeClock"/>.</summary>
internal sealed record Decision(Ticket Ticket, Proposal Proposal, long Second)
{
    public ErrorKind Error { get; } = ErrorKinds.Of(Proposal.Queue, Ticket.Queue);
}

/// <summary>A verdict on a decision; <paramref name="Move"/> is the queue a <c>modify</c> names.</summary>
internal sealed record Correction(Decision Decision, string Verdict, string? Move, string? Reason, string? Comment, string By, long Second)
{
    public string IdempotencyKey => $"review-{Decision.Ticket.Id}-{By}";
}

/// <summary>A later fact: the right queue (<c>truth</c>) or whether the ticket came back (<c>reopened</c>, 0 or 1).</summary>
internal sealed record Outcome(Decision Decision, string Metric, string? Queue, int? Value, long Second);

/// <summary>The people. They know the right queue and say so for the decisions a coin picks, whether right or wrong; now and then they err themselves.</summary>
internal sealed class Desk(IReadOnlyList<string> queues)
{
    private const int ReviewedPerThousand = 600;
    private const int MistakenPerThousand = 10;
    private const int ResentPerThousand = 15;
    private const int Disagreements = 2;

    private static readonly string[] Reviewers = ["rosa", "imran", "chen", "bo", "ines"];
    private static readonly string[] Leads = ["lead-mira", "lead-tom"];

    private readonly Comments _comments = new();

    public static IEnumerable<Outcome> Outcomes(IEnumerable<Decision> decisions)
    {
        var outcomes = new List<Outcome>();
        foreach (var decision in decisions)
        {
            var coins = Coins.For("outcome", decision.Ticket.Text);
            var known = decision.Second + coins.Skewed(5 * 60, 6 * 3600);
            outcomes.Add(new(decision, "truth", decision.Ticket.Queue, Value: null, known));

            // A ticket in the wrong queue comes back more often; a right one sometimes does too.
            if (coins.Heads(500))
                outcomes.Add(new(decision, "reopened", Queue: null, coins.Heads(decision.Error is ErrorKind.None ? 60 : 450) ? 1 : 0, known + coins.Skewed(2 * 3600, 25 * 3600)));
        }

        return outcomes.OrderBy(o => o.Second).ThenBy(o => o.Decision.Ticket.Id, StringComparer.Ordinal);
    }

    /// <summary>In the order they were sent; a few are sent twice, the second time some lines further down.</summary>
    public IReadOnlyList<Correction> Corrections(IReadOnlyList<Decision> decisions)
    {
        var said = new List<Correction>();
        foreach (var decision in decisions)
            if (Coins.For("review", decision.Ticket.Text).Heads(ReviewedPerThousand))
                said.AddRange(Review(decision));
        said.AddRange(Disagree(said));

        var sent = said.OrderBy(c => c.Second).ThenBy(c => c.Decision.Ticket.Id, StringComparer.Ordinal).ToList();
        for (var i = sent.Count - 1; i >= 0; i--)
        {
            var coins = Coins.For("resend", $"{sent[i].By}/{sent[i].Decision.Ticket.Text}");
            if (coins.Heads(ResentPerThousand))
                sent.Insert(Math.Min(sent.Count, i + 1 + coins.Below(9)), sent[i]);
        }

        return sent;
    }

    private IEnumerable<Correction> Review(Decision decision)
    {
        var coins = Coins.For("reviewer", decision.Ticket.Text);
        var by = coins.Heads(50) ? Leads[coins.Below(Leads.Length)] : Reviewers[coins.Below(Reviewers.Length)];
        var second = decision.Second + coins.Skewed(3 * 60, (int)OfficeClock.DaySeconds);

        if (IsPuzzling(decision, coins))
        {
            yield return new(decision, "escalate", Move: null, "policy", _comments.OnEscalation(), Reviewers[coins.Below(Reviewers.Length)], second);
            if (coins.Heads(500))
                yield return Rule(decision, decision.Ticket.Queue, Leads[coins.Below(Leads.Length)], second + coins.Skewed(30 * 60, 8 * 3600), coins);
            yield break;
        }

        var queue = coins.Heads(MistakenPerThousand) ? Mistaken(decision, coins) : decision.Ticket.Queue;
        yield return Rule(decision, queue, by, second, coins);
    }

    private static bool IsPuzzling(Decision decision, Coins coins) => decision.Error switch
    {
        ErrorKind.Unsystematic => coins.Heads(160),
        ErrorKind.None => decision.Proposal.Confidence < 0.2 && coins.Heads(60),
        _ => false,
    };

    private Correction Rule(Decision decision, string queue, string by, long second, Coins coins)
    {
        if (queue == decision.Proposal.Queue)
            return new(decision, "confirm", Move: null, Reason: null, Comment: null, by, second);

        if (queue != decision.Ticket.Queue)
            return new(decision, "modify", queue, "wrong-queue", Comment: null, by, second);

        var reason = coins.Heads(80) ? "wrong-queue" : ReasonOf(decision.Error);
        return new(decision, "modify", queue, reason, _comments.OnMove(queue, coins), by, second);
    }

    private static string ReasonOf(ErrorKind error) => error switch
    {
        ErrorKind.RenamedQueue => "renamed-queue",
        ErrorKind.SplitQueue => "split-queue",
        ErrorKind.IgnoredFeature => "policy",
        _ => "wrong-queue",
    };

    /// <summary>The queue a tired reader takes it for: what came second with the agent too, or any other.</summary>
    private string Mistaken(Decision decision, Coins coins)
    {
        if (decision.Proposal.RunnerUp is { } second && second != decision.Ticket.Queue && queues.Contains(second, StringComparer.Ordinal))
            return second;
        var others = queues.Where(q => q != decision.Ticket.Queue && q != decision.Proposal.Queue).ToList();
        return others[coins.Below(others.Count)];
    }

    /// <summary>Another reviewer finds the agent right where the first did not, on two messages that can be read both ways. Nobody has settled it.</summary>
    private List<Correction> Disagree(IEnumerable<Correction> said)
        => said.Where(c => c is { Verdict: "modify", Decision: { Error: ErrorKind.Unsystematic, Proposal.Confidence: > 0.25 } }
                && queues.Contains(c.Decision.Proposal.Queue, StringComparer.Ordinal) && Array.IndexOf(Reviewers, c.By) >= 0)
            .OrderBy(c => Coins.For("disagree", c.Decision.Ticket.Text).Below(1_000_000))
            .Take(Disagreements)
            .Select(c => c with
            {
                Verdict = "confirm",
                Move = null,
                Reason = null,
                Comment = null,
                By = Reviewers[(Array.IndexOf(Reviewers, c.By) + 1) % Reviewers.Length],
                Second = c.Second + Coins.For("disagree-later", c.Decision.Ticket.Text).Skewed(600, 4 * 3600),
            })
            .ToList();
}
