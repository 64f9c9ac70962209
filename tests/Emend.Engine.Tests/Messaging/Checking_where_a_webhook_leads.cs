using System.Net;
using Emend.Engine.Messaging;
using Emend.TestKit;

namespace Emend.Engine.Tests.Messaging;

public class Checking_where_a_webhook_leads
{
    private static readonly WebhookOptions Strict = new();
    private static readonly CloudEvent Message = CloudEvent.Test("m-1", "acme", "wh-1", 0);

    public static TheoryData<string> Inward =>
    [
        // The same few addresses in every form a parser may take.
        "https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7F.1/", "https://0177.0.0.1/", "https://017700000001/",
        "https://0x7f.0x0.0x0.0x1/", "https://127.0.0.1.:443/", "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://[::1]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[2001:0:7f00:1::]/", "https://[::]/", "https://0.0.0.0/", "https://0/",
        "https://10.0.0.1/", "https://10.255.255.255/", "https://172.16.0.1/", "https://172.31.255.1/", "https://192.168.1.1/", "https://192.168.257/", "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data/", "https://2852039166/", "https://0xa9fea9fe/", "https://0251.0376.0251.0376/", "https://[::ffff:a9fe:a9fe]/", "https://[fd00:ec2::254]/",
        "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fc00::1]/", "https://[ff02::1]/", "https://[2001:db8::1]/", "https://[3fff::1]/",
        "https://224.0.0.1/", "https://239.255.255.250/", "https://255.255.255.255/", "https://240.0.0.1/", "https://198.18.0.1/", "https://192.0.2.1/", "https://198.51.100.7/", "https://203.0.113.9/", "https://192.0.0.1/",
        "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://a.localhost/", "https://printer.local/", "https://metadata.google.internal/",
        // Not an address but a trick.
        "http://example.com/", "https://user@example.com/", "https://example.com:22/", "https://example.com@127.0.0.1/", "https://example.com/#f",
        "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/", "example.com", "https:///x", "",
    ];

    [Theory, MemberData(nameof(Inward))]
    public void refuses_what_leads_inward_or_is_no_address(string url) => Assert.Null(WebhookUrl.Parse(url, Strict, out _));

    [Theory]
    [InlineData("https://example.com/hook?token=x")]
    [InlineData("https://example.com:8443/")]
    [InlineData("https://93.184.215.14/")]
    [InlineData("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/")]
    public void takes_public_addresses(string url) => Assert.NotNull(WebhookUrl.Parse(url, Strict, out _));

    [Fact]
    public void takes_what_the_operator_allowed_and_nothing_beside_it()
    {
        var inside = Strict with { AllowedNetworks = [IPNetwork.Parse("10.1.0.0/16")], AllowHttp = true };
        Assert.NotNull(WebhookUrl.Parse("http://10.1.2.3:9000/", inside, out _));
        Assert.NotNull(WebhookUrl.Parse("https://[::ffff:10.1.2.3]/", inside, out _));
        Assert.Null(WebhookUrl.Parse("http://10.2.0.1:9000/", inside, out _));
        Assert.Null(WebhookUrl.Parse("http://93.184.215.14/", inside, out _));
        Assert.Null(WebhookUrl.Parse("https://127.0.0.1/", inside, out _));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("93.184.215.14", "10.0.0.1")]
    public async Task does_not_connect_where_a_name_leads_inward(params string[] addresses)
    {
        using var sender = new WebhookSender(Strict, TimeProvider.System, (_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()));
        Assert.Equal(new SendResult(false, "address-forbidden"), await sender.SendAsync(new("https://innocent.example/"), Message, [[1]], CancellationToken.None));
    }

    [Fact]
    public async Task asks_for_the_name_once_and_connects_to_the_address_it_checked()
    {
        // DNS rebinding: the first answer is allowed, every later one would lead elsewhere.
        await using var receiver = new Receiver();
        var asked = 0;
        var options = Strict with { AllowedNetworks = [IPNetwork.Parse("127.0.0.1/32")], AllowHttp = true };
        using var sender = new WebhookSender(options, TimeProvider.System, (_, _) => Task.FromResult<IPAddress[]>([Interlocked.Increment(ref asked) == 1 ? IPAddress.Loopback : IPAddress.Parse("127.0.0.2")]));
        Assert.True((await sender.SendAsync(new($"http://turncoat.example:{receiver.Port}/"), Message, [[1]], CancellationToken.None)).IsAccepted);
        Assert.Equal((1, 1), (asked, receiver.All.Count));
    }

    [Fact]
    public async Task does_not_follow_where_an_answer_points()
    {
        await using var inside = new Receiver();
        await using var receiver = new Receiver(_ => $"302 Found\r\nLocation: {inside.Url}");
        using var sender = new WebhookSender(Strict with { AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8")], AllowHttp = true }, TimeProvider.System);
        Assert.Equal(new SendResult(false, "redirect"), await sender.SendAsync(new(receiver.Url), Message, [[1]], CancellationToken.None));
        Assert.Empty(inside.All);
    }

    [Fact]
    public async Task waits_no_longer_than_it_is_told_and_reads_no_more_than_it_must()
    {
        await using var tarpit = new Receiver(static _ => null);
        await using var chatter = new Receiver(static _ => "200 OK\r\nX-Long: " + new string('x', 40_000));
        using var sender = new WebhookSender(Strict with { AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8")], AllowHttp = true, Timeout = TimeSpan.FromMilliseconds(300) }, TimeProvider.System);
        Assert.Equal(new SendResult(false, "timeout"), await sender.SendAsync(new(tarpit.Url), Message, [[1]], CancellationToken.None));
        using var patient = new WebhookSender(Strict with { AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8")], AllowHttp = true, Timeout = TimeSpan.FromMinutes(1) }, TimeProvider.System);
        Assert.False((await patient.SendAsync(new(chatter.Url), Message, [[1]], CancellationToken.None)).IsAccepted);
    }
}
