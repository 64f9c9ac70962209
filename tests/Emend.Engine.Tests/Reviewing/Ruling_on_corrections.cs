using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using static Emend.Engine.Tests.Capturing.Desk;

namespace Emend.Engine.Tests.Reviewing;

public class Ruling_on_corrections
{
    private static string Code<T>(Answer<T> answer) => Assert.IsType<Answer<T>.Refused>(answer).Why.Code;

    [Fact]
    public async Task Nobody_rules_on_what_they_submitted()
    {
        var desk = await InMemory(out _).WithAgentAsync();
        await desk.AcceptAsync(Decision("d-1"), Decision("d-2"));
        await desk.AcceptAsync(Correction("d-1", "cards", "ann"), Correction("d-1", "fraud", "bo"));

        Assert.Equal("review.own-correction", Code(await desk.RuleAsync("d-1", CorrectionVerdict.Modify, "cards", "ann")));
        Assert.Equal("review.ruler-is-no-person", Code(await desk.RuleAsync("d-1", CorrectionVerdict.Modify, "cards", "policy:x")));
        Assert.Equal("review.ruling-wrong", Code(await desk.RuleAsync("d-1", CorrectionVerdict.Modify, "card", "lead")));
        Assert.Equal("review.nothing-to-rule-on", Code(await desk.RuleAsync("d-2", CorrectionVerdict.Confirm, null, "lead")));
        Assert.Equal("review.decision-unknown", Code(await desk.RuleAsync("d-9", CorrectionVerdict.Confirm, null, "lead")));
        Assert.Equal("d-1", Assert.Single(new ListReviews(desk.Store).Waiting("router")).DecisionId);

        Assert.IsType<Answer<Standing>.Granted>(await desk.RuleAsync("d-1", CorrectionVerdict.Modify, "cards", "lead"));
        Assert.Empty(new ListReviews(desk.Store).Waiting());
        var learned = Assert.Single(new LearningCases(desk.Store, desk.Agents).Read("router"));
        Assert.Equal(("cards", "lead", "read the case again"), (learned.Ruling.Truth!.Label, learned.Ruling.By, learned.Ruling.Why));
        Assert.Equal("ann bo", string.Join(' ', learned.Ruling.Submitters));
    }

    [Fact]
    public async Task A_correction_that_arrives_while_a_person_rules_is_considered_too()
    {
        var desk = await InMemory(out var store).WithAgentAsync();
        await desk.AcceptAsync(Decision("d-1"));
        await desk.AcceptAsync(Correction("d-1", "fraud", "ann"));
        store.BeforeWrite = () => Assert.True(desk.AcceptAsync(Correction("d-1", "cards", "lead")).IsCompletedSuccessfully);
        Assert.Equal("review.own-correction", Code(await desk.RuleAsync("d-1", CorrectionVerdict.Modify, "cards", "lead")));
    }

    [Fact]
    public async Task Another_envelope_puts_waiting_corrections_into_another_lane()
    {
        var desk = await InMemory(out var store).WithAgentAsync(Agent with { Envelope = new() });
        await desk.AcceptAsync(Decision("d-1"));
        await desk.AcceptAsync(Correction("d-1", "cards"));
        Assert.False(desk.Standing("d-1")!.IsRuled);
        Assert.IsType<Answer<AgentDefinition>.Granted>(await desk.ChangeAsync(Agent));
        Assert.True(desk.Standing("d-1")!.IsRuled);
        var size = store.Size;
        Assert.IsType<Answer<AgentDefinition>.Granted>(await desk.ChangeAsync(Agent));
        Assert.Equal(size, store.Size);
    }

    [Fact]
    public async Task A_withdrawn_correction_is_as_if_it_had_never_been_accepted()
    {
        var desk = await InMemory(out _).WithAgentAsync();
        await desk.AcceptAsync(Decision("d-1"), Decision("d-2"));
        await desk.AcceptAsync(Correction("d-1", "cards"), Correction("d-2", "cards"));
        var never = desk.Cases();
        var (second, other) = (Correction("d-1", "fraud", "bo"), Correction("d-2", null, "bo"));
        await desk.AcceptAsync(second, other);
        Assert.Empty(desk.Cases());
        Assert.Equal(never, desk.Cases(second.Id, other.Id));

        await desk.WithdrawAsync(second.Id);
        Assert.IsType<Answer<CorrectionFacts>.Granted>(await desk.WithdrawAsync(other.Id));
        Assert.Equal(never, desk.Cases());
        Assert.Equal("review.correction-withdrawn", Code(await desk.WithdrawAsync(other.Id)));
        Assert.Equal("review.correction-unknown", Code(await desk.WithdrawAsync("c-0")));
    }
}
