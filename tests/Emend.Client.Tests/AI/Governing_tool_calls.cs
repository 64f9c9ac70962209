using System.Globalization;
using System.Runtime.CompilerServices;
using Emend.Client.AI;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;
using Microsoft.Extensions.AI;
using static Emend.Client.Tests.World;

namespace Emend.Client.Tests.AI;

public class Governing_tool_calls
{
    private readonly List<string> _refunds = [];

    private AIFunction Refund => AIFunctionFactory.Create((string order, double amount) =>
    {
        _refunds.Add(string.Create(CultureInfo.InvariantCulture, $"{order}:{amount}"));
        return "done";
    }, "refund");

    private static Rule Above(double amount, RuleEffect effect, string? args = null, string? action = null) => new()
    {
        Id = $"r-{effect}",
        When = new All([new Predicate(Operand.ProposedAction, Comparison.Eq, FeatureValue.Of("refund")), new Predicate(Operand.Argument("amount"), Comparison.Gt, FeatureValue.Of(amount))]),
        Effect = effect,
        Action = action,
        Args = args is null ? ActionArgs.None : ActionArgs.Parse(args),
        Priority = (int)amount,
    };

    private static async Task<(World, EmendClient)> RuledAsync(params Rule[] rules)
    {
        var world = await OpenAsync();
        var emend = world.Client(new(world.Engine));
        await world.Walk.ReleaseAsync(new() { Agent = "router", Rules = Rule.Sort(rules) });
        Assert.True(await emend.ApplyAsync((await world.SignAsync()).Note, Patience));
        return (world, emend);
    }

    [Fact]
    public async Task runs_the_call_as_it_is_or_with_the_arguments_that_a_rule_patches()
    {
        var (world, emend) = await RuledAsync(Above(100, RuleEffect.Patch, """{"amount":100}"""));
        await using var _ = world;
        await using var __ = emend;
        var governed = Refund.WithEmend(emend);

        Assert.Equal("done", (await governed.InvokeAsync(new() { ["order"] = "o-1", ["amount"] = 80 }))!.ToString());
        Assert.Equal("done", (await governed.InvokeAsync(new() { ["order"] = "o-2", ["amount"] = 900 }))!.ToString());
        Assert.Equal(["o-1:80", "o-2:100"], _refunds);
    }

    [Fact]
    public async Task runs_nothing_that_is_blocked_and_asks_a_person_about_what_is_escalated()
    {
        var (world, emend) = await RuledAsync(Above(500, RuleEffect.Block), Above(100, RuleEffect.Escalate));
        await using var _ = world;
        await using var __ = emend;
        var asked = new List<ToolDecision>();
        var governed = Refund.WithEmend(emend, new()
        {
            Escalate = (decision, _) =>
            {
                asked.Add(decision);
                return ValueTask.FromResult<object?>("a person is asked");
            },
        });

        Assert.Contains("blocked by rule 'r-Block'", (string)(await governed.InvokeAsync(new() { ["order"] = "o-1", ["amount"] = 900 }))!, StringComparison.Ordinal);
        Assert.Equal("a person is asked", await governed.InvokeAsync(new() { ["order"] = "o-2", ["amount"] = 200 }));
        Assert.Contains("asks for a person", (string)(await Refund.WithEmend(emend).InvokeAsync(new() { ["order"] = "o-3", ["amount"] = 200 }))!, StringComparison.Ordinal);
        Assert.Empty(_refunds);
        var one = Assert.Single(asked);
        Assert.Equal(("refund", Disposition.Escalate, """{"amount":200,"order":"o-2"}"""), (one.Function, one.Result.Disposition, one.Proposed.Args.Json));
    }

    [Fact]
    public async Task runs_another_tool_when_a_rule_names_one_and_asks_a_person_when_there_is_none_of_that_name()
    {
        var (world, emend) = await RuledAsync(Above(100, RuleEffect.Override, """{"order":"o-9"}""", "voucher"));
        await using var _ = world;
        await using var __ = emend;
        var vouchers = new List<string>();
        var voucher = AIFunctionFactory.Create((string order) => vouchers.Add(order), "voucher");
        AIFunctionArguments big() => new() { ["order"] = "o-1", ["amount"] = 900 };

        await new GovernedFunction(Refund, emend, others: name => name == "voucher" ? voucher : null).InvokeAsync(big());
        Assert.Equal(["o-9"], vouchers);
        Assert.Contains("asks for a person", (string)(await Refund.WithEmend(emend).InvokeAsync(big()))!, StringComparison.Ordinal);
        Assert.Empty(_refunds);
    }

    [Fact]
    public async Task executes_the_edited_call_in_the_common_pipeline()
    {
        var (world, emend) = await RuledAsync(Above(100, RuleEffect.Patch, """{"amount":100}"""));
        await using var _ = world;
        await using var __ = emend;
        var pipeline = new FunctionInvokingChatClient(new Model("refund", new() { ["order"] = "o-1", ["amount"] = 900.0 })).WithEmend(emend);

        var answer = await pipeline.GetResponseAsync("refund my order", new() { Tools = [Refund] });
        Assert.Equal(["o-1:100"], _refunds);
        Assert.Equal("all done", answer.Text);
    }

    [Fact]
    public async Task executes_the_edited_call_where_an_approved_one_is_bound_to_the_models_arguments_again()
    {
        var (world, emend) = await RuledAsync(Above(100, RuleEffect.Patch, """{"amount":100}"""));
        await using var _ = world;
        await using var __ = emend;
        var marked = new ApprovalRequiredAIFunction(Refund);

        // An edit of the call itself, made by the person who approves, is undone by a pipeline that rebinds.
        await ApproveAsync(new Rebinding(new FunctionInvokingChatClient(new Model("refund", new() { ["order"] = "o-1", ["amount"] = 900.0 }))), marked, edited: 100.0);
        Assert.Equal(["o-1:900"], _refunds);

        // Emend's edit is made where the function is invoked: the same pipeline executes it, and asks for approval as before.
        _refunds.Clear();
        await ApproveAsync(new Rebinding(new FunctionInvokingChatClient(new Model("refund", new() { ["order"] = "o-2", ["amount"] = 900.0 }))).WithEmend(emend), marked, edited: null);
        Assert.Equal(["o-2:100"], _refunds);
    }

    [Fact]
    public async Task leaves_the_callers_options_as_they_are_and_wraps_nothing_twice()
    {
        var (world, emend) = await RuledAsync(Above(100, RuleEffect.Block));
        await using var _ = world;
        await using var __ = emend;
        var model = new Model("refund", new() { ["order"] = "o-1", ["amount"] = 1.0 });
        var options = new ChatOptions { Tools = [Refund] };
        var tool = options.Tools[0];

        await new FunctionInvokingChatClient(model).WithEmend(emend).WithEmend(emend).GetResponseAsync("hello", options);
        Assert.Same(tool, options.Tools[0]);
        Assert.Equal(1, emend.Counts.Recorded);
    }

    private static async Task ApproveAsync(IChatClient pipeline, AIFunction tool, double? edited)
    {
        var options = new ChatOptions { Tools = [tool] };
        var messages = new List<ChatMessage> { new(ChatRole.User, "refund my order") };
        var asked = await pipeline.GetResponseAsync(messages, options);
        var request = asked.Messages.SelectMany(static message => message.Contents).OfType<ToolApprovalRequestContent>().Single();
        messages.AddRange(asked.Messages);
        var call = (FunctionCallContent)request.ToolCall;
        if (edited is { } amount) call = new(call.CallId, call.Name, new Dictionary<string, object?>(call.Arguments!) { ["amount"] = amount });
        messages.Add(new(ChatRole.User, [new ToolApprovalResponseContent(request.RequestId, true, call)]));
        await pipeline.GetResponseAsync(messages, options);
    }

    // Calls one tool, then says that all is done.
    private sealed class Model(string tool, Dictionary<string, object?> arguments) : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var isAnswered = messages.Any(static message => message.Contents.Any(static content => content is FunctionResultContent));
            return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, isAnswered ? [new TextContent("all done")] : [new FunctionCallContent("call-1", tool, arguments)])));
        }

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates()) yield return update;
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() { }
    }

    // As common agent frameworks do: what was approved is bound to the arguments the model gave, whatever the approval says.
    private sealed class Rebinding(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var all = messages.ToList();
            var asked = all.SelectMany(static message => message.Contents).OfType<ToolApprovalRequestContent>().ToDictionary(static request => request.RequestId, static request => request.ToolCall);
            foreach (var message in all)
                for (var i = 0; i < message.Contents.Count; i++)
                    if (message.Contents[i] is ToolApprovalResponseContent response) message.Contents[i] = new ToolApprovalResponseContent(response.RequestId, response.Approved, asked[response.RequestId]);
            return base.GetResponseAsync(all, options, cancellationToken);
        }
    }
}
