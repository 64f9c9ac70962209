using Emend.Logic.Conditions;
using Emend.Logic.Guidance;

namespace Emend.Logic.Tests.Guidance;

public class Retrieving_guidance
{
    private const string Bundle = "sha256:9c1e04ab77d2aa";

    [Fact]
    public void finds_the_items_whose_words_and_features_the_case_shares()
    {
        var index = Index(
            Case("x-pin", "card_info", "change_pin", ["blocked", "pin"]),
            Case("x-fee", "card_info", "cash_fee", ["atm", "fee"]),
            Case("x-vip", "card_info", "call_back", []) with { Features = [new("tier", FeatureValue.Of("gold"))] });

        Assert.Equal("x-pin", index.For(Query("my PIN is blocked")).Items[0].Id);
        Assert.Equal("x-fee", index.For(Query("why a fee at this atm?")).Items[0].Id);
        Assert.Equal("x-vip", index.For(new(Context.Of([new("tier", FeatureValue.Of("gold"))]))).Items[0].Id);
        Assert.Empty(index.For(Query("nothing in common")).Items);
    }

    [Fact]
    public void finds_another_form_of_a_word_but_prefers_the_word_itself()
    {
        var index = Index(Case("x-a", "p", "q", ["charged"]), Case("x-b", "p", "r", ["charging"]));

        Assert.Equal(["x-a", "x-b"], index.For(Query("I was charged")).Items.Select(static i => i.Id));
        Assert.Equal(2, index.For(Query("charges")).Items.Length);
    }

    [Fact]
    public void shows_a_scoped_item_only_where_its_scope_holds()
    {
        var index = Index(
            Written("g-big", "Ask finance first.") with { Scope = ConditionText.Parse("amount >= 500 and proposed.action == \"refund\"") },
            Written("g-all", "Answer in the customer's language."));

        Assert.Equal(["g-all"], Ids(index.For(new(Context.Of([new("amount", FeatureValue.Of(900))])))));
        Assert.Equal(["g-all", "g-big"], Ids(index.For(new(Context.Of([new("amount", FeatureValue.Of(900))])) { Draft = new("refund") })).Order(StringComparer.Ordinal));
        Assert.Equal(["g-all"], Ids(index.For(new(Context.Of([new("amount", FeatureValue.Of(499))])) { Draft = new("refund") })));
    }

    [Fact]
    public void prefers_what_helped_what_is_newer_and_what_is_about_the_draft()
    {
        var helped = Case("x-h", "p", "q", ["card", "lost"]) with { Help = 9 };
        var harmed = Case("x-m", "p", "r", ["card", "lost"]) with { Harm = 9 };
        Assert.Equal(["x-h", "x-m"], Ids(Index(harmed, helped).For(Query("lost card"))));

        var old = Case("x-o", "p", "q", ["card", "lost"]);
        var young = Case("x-y", "p", "r", ["card", "lost"]) with { At = 400L * 86_400_000_000 };
        Assert.Equal("x-y", Index(old, young).For(Query("lost card")).Items[0].Id);

        var other = Case("x-a", "p1", "q", ["card", "lost"]);
        var same = Case("x-b", "p2", "q", ["card", "lost"]);
        Assert.Equal("x-b", Index(other, same).For(Query("lost card") with { Draft = new("p2") }).Items[0].Id);
    }

    [Fact]
    public void puts_a_confirmed_case_beside_corrections_even_if_it_shares_no_word()
    {
        var items = Enumerable.Range(0, 9).Select(i => Case($"x-{i}", "p", $"q{i}", ["card", $"w{(char)('a' + i)}"])).Append(Case("c-far", "other", "other", ["far"])).Append(Case("c-p", "p", "p", ["unlike"])).ToArray();

        var shown = Index(items).For(Query("my card") with { MaxItems = 4 }).Items;

        Assert.Equal(4, shown.Length);
        Assert.Equal("c-p", shown[^1].Id);
        Assert.All(shown[..3], static item => Assert.Equal(GuidanceKind.Correction, item.Kind));
    }

    [Fact]
    public void keeps_its_caps_and_repeats_nothing()
    {
        var index = Index([.. Enumerable.Range(0, 30).Select(i => Case($"x-{i:00}", "p", $"q{i % 10}", ["card", "lost", "stolen"])), Case("c-0", "p", "p", ["card"])]);

        var shown = index.For(Query("card lost stolen") with { MaxItems = 20 });
        Assert.Equal(shown.Items.Length, shown.Items.DistinctBy(static i => (i.Proposed, i.Action)).Count());
        Assert.Equal(11, shown.Items.Length);

        var few = index.For(Query("card lost stolen") with { MaxItems = 20, MaxTokens = 120 });
        Assert.InRange(few.Items.Sum(static i => GuidanceText.Tokens(GuidanceText.Line(i))), 1, 120);
        Assert.Equal(6, index.For(Query("card lost stolen")).Items.Length);
    }

    [Fact]
    public void is_the_same_whatever_order_the_items_came_in()
    {
        var random = new Random(3);
        var items = Enumerable.Range(0, 200).Select(i => Case($"{(i % 3 == 0 ? 'c' : 'x')}-{i:000}", $"p{i % 7}", i % 3 == 0 ? $"p{i % 7}" : $"q{i % 11}", [.. Enumerable.Range(0, 5).Select(_ => $"w{(char)('a' + random.Next(26))}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)])).ToArray();
        var (one, other) = (Index(items), Index([.. items.Reverse()]));

        for (var c = 'a'; c <= 'z'; c++)
        {
            var query = Query($"w{c} wk wz") with { Unit = "u" + c, Draft = new("p3") };
            Assert.Equal(one.For(query).Text, other.For(query).Text);
        }
    }

    [Fact]
    public void withholds_one_item_in_ten_from_the_same_units_always_and_says_which()
    {
        var index = Index(Written("g-a", "Say hello."), Written("g-b", "Be brief."));
        var answers = Enumerable.Range(0, 2_000).Select(i => index.For(new(Context.Empty) { Unit = $"cust-{i}" })).ToList();

        Assert.InRange(answers.Count(static a => a.Exposure.Withheld.Contains("g-a")), 150, 250);
        Assert.All(answers, static a => Assert.Equal(["g-a", "g-b"], a.Exposure.Shown.Concat(a.Exposure.Withheld).Order(StringComparer.Ordinal)));
        Assert.All(answers, static a => Assert.Equal(a.Items.Select(static i => i.Id), a.Exposure.Shown));
        Assert.Equal(answers[77].Exposure.Shown.AsEnumerable(), index.For(new(Context.Empty) { Unit = "cust-77" }).Exposure.Shown);
        // Nothing can be learned from whom nobody knows.
        Assert.Empty(index.For(new(Context.Empty)).Exposure.Withheld);
    }

    private static IEnumerable<string> Ids(GuidanceAnswer answer) => answer.Items.Select(static i => i.Id);

    private static GuidanceQuery Query(string text) => new(Context.Of([], text: text));

    private static GuidanceIndex Index(params GuidanceItem[] items)
    {
        Assert.Empty(items.SelectMany(GuidanceProblems.Of));
        return GuidanceIndex.Of("desk", Bundle, items.Select(static i => GuidanceJson.Read(GuidanceJson.Write(i))));
    }

    private static GuidanceItem Written(string id, string text) => new() { Id = id, Kind = GuidanceKind.Written, Text = text };

    private static GuidanceItem Case(string id, string proposed, string right, string[] words) => new()
    {
        Id = id,
        Kind = proposed == right ? GuidanceKind.Confirmed : GuidanceKind.Correction,
        Proposed = proposed,
        Action = right,
        Words = [.. words.Select(static w => new GuidanceWord(w, 4))],
        Cases = 4,
        Submitters = 2,
    };
}
