using System.Net;
using Emend.Engine.Access;
using Emend.TestKit;

namespace Emend.Server.Tests.Trust;

public class Asking_whose_word_counts
{
    [Fact]
    public async Task tells_who_carries_a_bundle_and_which_rulings_are_worth_a_second_look()
    {
        await using var server = await ServerFixture.StartAsync();
        var world = await SmallWorld.MakeAsync(server, "default", "x");
        var lead = server.Client("mira", Role.LeadReviewer);

        var influence = await ServerFixture.JsonAsync(await lead.GetAsync($"/v1/trust/influence/{world.Candidate}?people=2"));
        Assert.Equal(world.Candidate, influence.GetProperty("bundle").GetString());
        var rule = Assert.Single(influence.GetProperty("rules").EnumerateArray(), static rule => rule.GetProperty("acts").GetInt32() == 10);
        Assert.Equal(["bo", "rosa"], rule.GetProperty("supporters").EnumerateArray().Select(static one => one.GetProperty("name").GetString()).Order(StringComparer.Ordinal));
        Assert.Equal(0.5, rule.GetProperty("largestShare").GetDouble());
        Assert.Equal(2, influence.GetProperty("people").GetArrayLength());

        // A person ruled on everything: nothing is left to doubt.
        Assert.Equal(0, (await ServerFixture.JsonAsync(await lead.GetAsync("/v1/reviews/doubted"))).GetArrayLength());
        Assert.Equal(2, (await ServerFixture.JsonAsync(await lead.GetAsync("/v1/trust"))).GetProperty("submitters").GetArrayLength());
    }

    [Fact]
    public async Task is_for_those_who_may_and_about_what_is_there()
    {
        await using var server = await ServerFixture.StartAsync();
        var lead = server.Client("mira", Role.LeadReviewer);
        Assert.Equal(HttpStatusCode.NotFound, (await lead.GetAsync("/v1/trust/influence/sha256:none")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await lead.GetAsync("/v1/trust/influence/sha256:none?people=0")).StatusCode);
        var bot = server.Client("bot", "default", isService: true, Role.Agent);
        Assert.Equal(HttpStatusCode.Forbidden, (await bot.GetAsync("/v1/trust/influence/sha256:none")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await bot.GetAsync("/v1/reviews/doubted")).StatusCode);
    }
}
