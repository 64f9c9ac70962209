using Emend.Client;
using Emend.Logic;
using SupportDeskAgent;

namespace LiveDesk;

/// <summary>How a stretch of tickets went.</summary>
/// <param name="Tickets">Tickets.</param>
/// <param name="AgentWrong">Of these, how many the agent alone would have put into a wrong queue.</param>
/// <param name="Wrong">How many were put into a wrong queue.</param>
/// <param name="Canary">How many the candidate decided.</param>
internal sealed record Stretch(int Tickets, int AgentWrong, int Wrong, int Canary);

/// <summary>Messages come in, the agent proposes a queue, Emend is asked, the ticket is filed; reviewers look at some and say what was wrong.</summary>
internal sealed class TicketStream(EmendClient emend, IReadOnlyList<Ticket> tickets, IReadOnlyList<string> queues)
{
    // Who looks at what, when they err and what they write is decided by the sample's seeded coins (SupportDeskAgent/Desk.cs).
    private readonly ILookup<string, SupportDeskAgent.Correction> _said = new Desk(queues)
        .Corrections([.. tickets.Select(static ticket => new Decision(ticket, Router.Route(ticket.Text), 0))]).DistinctBy(static one => one.IdempotencyKey).ToLookup(static one => one.Decision.Ticket.Id, StringComparer.Ordinal);

    private readonly Dictionary<string, (string Proposed, string Right)> _known = new(StringComparer.Ordinal);
    private int _next;

    /// <summary>Corrections that reviewers handed in.</summary>
    public int Corrections { get; private set; }

    /// <summary>What a decision proposed and what would have been right.</summary>
    public (string Proposed, string Right) Known(string decision) => _known[decision];

    /// <summary>Lets some tickets through.</summary>
    /// <param name="count">How many.</param>
    /// <param name="isReviewed">Whether reviewers look at them.</param>
    /// <param name="isOldHandbook">Whether the desk works by the old handbook for once, in which the agent's answer is the right one.</param>
    public async Task<Stretch> FlowAsync(int count, bool isReviewed, bool isOldHandbook = false)
    {
        var (agentWrong, wrong, canary) = (0, 0, 0);
        for (var i = 0; i < count; i++, _next++)
        {
            var ticket = tickets[_next % tickets.Count];
            var route = Router.Route(ticket.Text);
            var result = emend.Decide(new(ContextOf(ticket), new(route.Queue))
            {
                DecisionId = $"{ticket.Id}-{_next / tickets.Count}",
                Confidence = route.Confidence,
                // A customer of one pass is not the one of the next: the sample's messages come round again.
                Subject = $"{ticket.Customer}-{_next / tickets.Count}",
            });
            var right = isOldHandbook ? route.Queue : ticket.Queue;
            _known[result.Id.ToString()] = (route.Queue, right);
            var isWrong = result.Action?.Label != right;
            if (route.Queue != right) agentWrong++;
            if (isWrong) wrong++;
            if (result.Arm == Arm.Canary) canary++;
            emend.Report(new() { DecisionId = result.Id.ToString(), Metric = "reopened", Value = isWrong ? 1 : 0 });
            if (isReviewed) await ReviewAsync(ticket, result.Id.ToString());
        }
        return new(count, agentWrong, wrong, canary);
    }

    private async Task ReviewAsync(Ticket ticket, string decision)
    {
        foreach (var said in _said[ticket.Id])
        {
            await emend.CorrectAsync(new()
            {
                DecisionId = decision,
                Verdict = said.Verdict switch { "confirm" => CorrectionVerdict.Confirm, "modify" => CorrectionVerdict.Modify, _ => CorrectionVerdict.Escalate },
                Action = said.Move is { } move ? new(move) : null,
                Reason = said.Reason,
                Comment = said.Comment,
                By = said.By,
            });
            Corrections++;
        }
    }

    private static Context ContextOf(Ticket ticket) => Context.Of(
        [
            new("channel", FeatureValue.Of(ticket.Channel)),
            new("vip", FeatureValue.Of(ticket.Vip)),
            new("country", FeatureValue.Of(ticket.Country)),
            new("order_value", ticket.OrderValue is { } value ? FeatureValue.Of((double)value) : FeatureValue.Missing),
            new("days_since_order", ticket.DaysSinceOrder is { } days ? FeatureValue.Of(days) : FeatureValue.Missing),
            new("order_status", FeatureValue.Of(ticket.OrderStatus)),
        ], "route_ticket", ticket.Text);
}
