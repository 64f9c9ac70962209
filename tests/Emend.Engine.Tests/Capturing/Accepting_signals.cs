using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Logic;
using static Emend.Engine.Tests.Capturing.Desk;

namespace Emend.Engine.Tests.Capturing;

public class Accepting_signals
{
    private static AcceptanceKind[] Kinds(Acceptance[] results) => [.. results.Select(static r => r.Kind)];

    [Fact]
    public async Task The_same_signal_again_gives_the_first_receipt_and_changes_nothing()
    {
        var desk = await InMemory(out var store).WithAgentAsync();
        var first = await desk.AcceptAsync(Decision("d-1"), Decision("d-2"));
        await desk.AcceptAsync(Correction("d-2", "cards", key: "k"));
        await desk.AcceptAsync(Truth("d-2", "cards"));
        var (digest, size) = (store.Digest(), store.Size);

        var again = await desk.AcceptAsync(Decision("d-2"), Decision("d-1"), Decision("d-2"));
        Assert.Equal([AcceptanceKind.Duplicate, AcceptanceKind.Duplicate, AcceptanceKind.Duplicate], Kinds(again));
        Assert.Equal([first[1].Record, first[0].Record, first[1].Record], again.Select(static r => r.Record));
        Assert.Equal([AcceptanceKind.Duplicate], Kinds(await desk.AcceptAsync(Correction("d-2", "cards", key: "k"))));
        Assert.Equal([AcceptanceKind.Duplicate], Kinds(await desk.AcceptAsync(Truth("d-2", "cards"))));
        Assert.Equal((digest, size), (store.Digest(), store.Size));
    }

    [Fact]
    public async Task The_same_key_with_other_content_is_a_conflict_that_names_the_first_receipt()
    {
        var desk = await InMemory(out var store).WithAgentAsync();
        var decision = (await desk.AcceptAsync(Decision("d-1")))[0].Record;
        var correction = (await desk.AcceptAsync(Correction("d-1", "cards", key: "k")))[0].Record;
        await desk.AcceptAsync(Truth("d-1", "cards"));
        var size = store.Size;

        var conflict = (await desk.AcceptAsync(Decision("d-1", "cards")))[0];
        Assert.Equal((AcceptanceKind.Conflict, decision), (conflict.Kind, conflict.Record));
        Assert.Contains($"entry {decision.Entry}, position 0", conflict.Why!.Message, StringComparison.Ordinal);
        Assert.Equal([AcceptanceKind.Conflict], Kinds(await desk.AcceptAsync(Decision("d-1") with { Context = Context.Empty })));
        conflict = (await desk.AcceptAsync(Correction("d-1", "billing", key: "k")))[0];
        Assert.Equal((AcceptanceKind.Conflict, correction), (conflict.Kind, conflict.Record));
        Assert.Equal([AcceptanceKind.Conflict], Kinds(await desk.AcceptAsync(Truth("d-1", "billing"))));
        Assert.Equal(size, store.Size);
    }

    [Fact]
    public async Task One_batch_that_holds_a_key_twice_takes_it_once()
    {
        var desk = await InMemory(out _).WithAgentAsync();
        var results = await desk.AcceptAsync(Decision("d-1"), Decision("d-1"), Decision("d-1", "cards"));
        Assert.Equal([AcceptanceKind.Accepted, AcceptanceKind.Duplicate, AcceptanceKind.Conflict], Kinds(results));
        Assert.Equal(results[0].Record, results[1].Record);
    }

    [Fact]
    public async Task A_signal_that_loses_a_race_for_its_key_is_decided_again()
    {
        var desk = await InMemory(out var store).WithAgentAsync();
        // Between the look at the batch and its turn on the writer, somebody else brings two of its three.
        store.BeforeWrite = () => Assert.True(desk.AcceptAsync(Decision("d-1"), Decision("d-2", "cards")).IsCompletedSuccessfully);
        var results = await desk.AcceptAsync(Decision("d-1"), Decision("d-2"), Decision("d-3"));
        Assert.Equal([AcceptanceKind.Duplicate, AcceptanceKind.Conflict, AcceptanceKind.Accepted], Kinds(results));
        Assert.Equal(0, results[2].Record.Position);
    }

    [Fact]
    public async Task Signals_ahead_of_their_decision_are_parked_and_applied_when_it_arrives()
    {
        var desk = await InMemory(out var store).WithAgentAsync();
        var clock = new TestKit.ManualClock();
        Assert.Equal([AcceptanceKind.Parked], Kinds(await desk.AcceptAsync(Correction("d-1", "cards", key: "k"))));
        Assert.Equal([AcceptanceKind.Parked], Kinds(await desk.AcceptAsync(Truth("d-1", "cards"))));
        clock.Move(TimeSpan.FromHours(2));
        var parked = new ParkedSignals(store, clock).List();
        Assert.Equal(["correction", "outcome"], parked.Select(static p => p.What).Order(StringComparer.Ordinal));
        Assert.All(parked, static p => Assert.Equal(("d-1", TimeSpan.FromHours(2)), (p.DecisionId, p.Age)));
        Assert.Null(desk.Standing("d-1"));

        await desk.AcceptAsync(Decision("d-1"));
        Assert.Empty(new ParkedSignals(store, clock).List());
        Assert.Equal("cards", desk.Standing("d-1")!.Truth?.Label);
        Assert.Single(desk.Cases());
    }

    [Fact]
    public async Task An_unknown_agent_is_registered_by_policy_unless_strict()
    {
        var desk = InMemory(out var store);
        await desk.AcceptAsync(Decision("d-1"), Decision("d-2"));
        await desk.AcceptAsync(Decision("d-3"));
        Assert.Equal("router", Assert.Single(desk.Agents.All()).Id);
        Assert.Equal(["agent.registered", "decisions.accepted", "decisions.accepted"], store.Entries().Select(static e => e.Type));
        Assert.True(store.Entries().First().Actor.IsPolicy);

        var strict = new AcceptBatch<Decision>(store, new AcceptDecisions(store, desk.Agents, strict: true), TimeProvider.System);
        var refused = (await strict.HandleAsync([Decision("d-4") with { Agent = "ruter" }], Importer, default))[0];
        Assert.Equal("agent.unknown", refused.Why!.Code);
        Assert.Contains("did you mean 'router'?", refused.Why.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stale_catalogue_may_propose_what_it_knows_but_nobody_corrects_to_it()
    {
        var desk = await InMemory(out _).WithAgentAsync();
        Assert.Equal([AcceptanceKind.Accepted], Kinds(await desk.AcceptAsync(Decision("d-1", "billings"))));
        var refused = (await desk.AcceptAsync(Correction("d-1", "billing_")))[0];
        Assert.Equal(AcceptanceKind.Refused, refused.Kind);
        Assert.Contains("did you mean 'billing'?", refused.Why!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Features_are_typed_by_the_schema()
    {
        var schema = new ContextSchema(1, [new("due", FeatureKind.Timestamp, Engine.Journal.FieldClass.Internal), new("n", FeatureKind.Number, Required: true), new("pin", FeatureKind.String, Engine.Journal.FieldClass.Secret)], IsOpen: false);
        var desk = await InMemory(out _).WithAgentAsync(Agent with { Schema = schema });
        Decision With(params (string, FeatureValue)[] features) => Decision("d-1") with { Context = Context.Of(features.Select(static f => new Feature(f.Item1, f.Item2)), null, "x") };

        var refused = (await desk.AcceptAsync(With(("due", FeatureValue.Of("tomorrow")), ("nn", FeatureValue.Of(1)))))[0];
        Assert.Equal(3, refused.Why!.Message.Split('\n').Length);
        Assert.Equal([AcceptanceKind.Refused], Kinds(await desk.AcceptAsync(With(("n", FeatureValue.Of("three"))))));

        var good = With(("due", FeatureValue.Of("2026-01-06T00:00:00+01:00")), ("n", FeatureValue.Of(1)), ("pin", FeatureValue.Of("1234")));
        Assert.Equal([AcceptanceKind.Accepted, AcceptanceKind.Duplicate], Kinds(await desk.AcceptAsync(good, good)));
        var stored = new Decisions(desk.Store).Find("d-1")!.Decision.Context;
        Assert.Equal("\"2026-01-05T23:00:00Z\"", CanonicalJson.Text(stored["due"]));
        Assert.Equal(FeatureKind.Missing, stored["pin"].Kind);
    }

    [Fact]
    public async Task Read_models_hold_no_text_no_arguments_and_no_names()
    {
        var desk = await InMemory(out var store).WithAgentAsync();
        await desk.AcceptAsync(Decision("d-1", args: """{"iban":"DE02"}""", subject: "customer-77"));
        await desk.AcceptAsync(Correction("d-1", "cards", by: "rosa-luna", args: """{"iban":"DE03"}""", comment: "she called twice"));
        await desk.RuleAsync("d-1", CorrectionVerdict.Modify, "cards", "otto-berg");
        var dump = string.Join('\n', new[] { "agent", "decision", "correction", "outcome", "verdict", "ruling" }.SelectMany(table => store.Read(connection =>
            SignalRows.All(connection, "SELECT * FROM " + table, null, null, static row =>
            {
                var values = new object[row.FieldCount];
                row.GetValues(values);
                return string.Join('|', values);
            }))));
        Assert.Contains("d-1", dump, StringComparison.Ordinal);
        Assert.All(["DE02", "DE03", "rosa-luna", "otto-berg", "called", "money", "customer-77", "read the case"], planted => Assert.DoesNotContain(planted, dump, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_read_back_is_what_was_accepted()
    {
        var desk = await InMemory(out _).WithAgentAsync();
        var decision = Decision("d-1", args: """{"amount":12.5}""", subject: "customer-77");
        await desk.AcceptAsync(decision);
        await desk.AcceptAsync(Truth("d-1", "cards", Noon + 5), Truth("d-1", "billing", Noon + 9));
        var known = new Decisions(desk.Store).Find("d-1")!;
        Assert.Equal(decision with { Context = known.Decision.Context }, known.Decision);
        Assert.True(decision.Context.Features.AsSpan().SequenceEqual(known.Decision.Context.Features.AsSpan()));
        Assert.Equal(("billing", false, Noon + 9, false), (known.Truth!.Label, known.IsWrong, known.TruthAt, known.IsRuled));
        Assert.Null(new Decisions(desk.Store).Find("d-2"));
    }
}
