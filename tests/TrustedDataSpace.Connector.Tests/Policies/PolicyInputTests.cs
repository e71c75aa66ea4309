using System.Text.Json;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Policies;

public sealed class PolicyInputTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 12, 0, 0, 0, TimeSpan.Zero);

    private static readonly PolicyQuestion Catalog = new()
    {
        Stage = PolicyStage.Catalog,
        Subject = new Peer("did:web:vpp.example", "active", "44", ["virtual-power-plant"]),
        Terms = new CompiledTerms("offer:p:1", "sha-256:00", JsonElement.Parse("""{"kind":"offer","id":"offer:p:1","permissions":[]}""")),
        Product = new ProductFacts("p", "general"),
    };

    [Fact]
    public void Question_at_the_catalog_says_who_and_what_and_nothing_of_use()
    {
        Assert.Equal(
            """{"action":"use","agreement":{"id":"offer:p:1","kind":"offer","permissions":[]},"now_ms":1778544000000,"product":{"classification":"general","id":"p"},"space":"power-grid","stage":"catalog","subject":{"claims":{"region":"44","roles":["virtual-power-plant"]},"id":"did:web:vpp.example","membership":"active"},"version":1}""",
            Canonical(Catalog));
    }

    [Fact]
    public void Question_about_a_request_says_everything()
    {
        var question = Catalog with
        {
            Stage = PolicyStage.Request,
            Purpose = "inference",
            Usage = new UsageFacts(3),
            Request = new RequestFacts("GET", "/x"),
            AgreementState = "active",
            Filed = true,
        };
        var input = JsonElement.Parse(Written(question).Span);
        Assert.Equal("inference", input.GetProperty("purpose").GetString());
        Assert.Equal(3, input.GetProperty("usage").GetProperty("count").GetInt64());
        Assert.Equal("/x", input.GetProperty("request").GetProperty("path").GetString());
        Assert.False(input.TryGetProperty("duties_done", out _));
        Assert.False(input.GetProperty("subject").TryGetProperty("standing_ms", out _));
        Assert.Equal("active", input.GetProperty("agreement").GetProperty("state").GetString());
        Assert.True(input.GetProperty("agreement").GetProperty("filed").GetBoolean());
    }

    [Fact]
    public void Question_says_which_duties_were_carried_out_and_how_old_the_standing_is()
    {
        var input = JsonElement.Parse(Written(Catalog with { Stage = PolicyStage.Request, DutiesDone = ["log"], StandingAt = Now - TimeSpan.FromSeconds(4) }).Span);
        Assert.Equal("""["log"]""", input.GetProperty("duties_done").GetRawText());
        Assert.Equal(Now.ToUnixTimeMilliseconds() - 4_000, input.GetProperty("subject").GetProperty("standing_ms").GetInt64());
    }

    [Fact]
    public void Question_holds_the_facts_that_terms_can_ask_for()
    {
        var question = Catalog with
        {
            Stage = PolicyStage.Tick,
            Usage = new UsageFacts(3, new Dictionary<string, long> { ["bytes/P1D@Asia/Shanghai"] = 500, ["count"] = 99 }),
            Request = new RequestFacts("GET", "/x") { Address = "10.1.2.3", Application = "dashboard" },
            Claims = new SubjectClaims
            {
                Connector = "urn:connector:vpp",
                Clearance = "2",
                Others = new Dictionary<string, IReadOnlyList<string>> { ["standards"] = ["tisax"], ["region"] = ["11"], ["roles"] = ["admin"] },
            },
            AgreedAt = Now,
            FirstUsedAt = Now.AddSeconds(1),
            Signals = new Dictionary<string, string> { ["grid"] = "normal" },
            Consents = [],
            AgreementState = "active",
        };

        Assert.Equal(
            """{"action":"use","agreement":{"agreed_at_ms":1778544000000,"filed":false,"first_used_at_ms":1778544001000,"id":"offer:p:1","kind":"offer","permissions":[],"state":"active"},"consents":[],"now_ms":1778544000000,"product":{"classification":"general","id":"p"},"request":{"address":"10.1.2.3","application":"dashboard","method":"GET","path":"/x"},"signals":{"grid":"normal"},"space":"power-grid","stage":"tick","subject":{"claims":{"clearance":"2","region":"44","roles":["virtual-power-plant"],"standards":["tisax"]},"connector":"urn:connector:vpp","id":"did:web:vpp.example","membership":"active"},"usage":{"bytes/P1D@Asia/Shanghai":500,"count":3},"version":1}""",
            Canonical(question));
    }

    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3")]
    [InlineData("fe80::7%3", "fe80::7")]
    [InlineData("2001:db8::7", "2001:db8::7")]
    public void Address_is_written_as_ranges_are_compared_with(string address, string expected) =>
        Assert.Equal(expected, RequestFacts.AddressOf(System.Net.IPAddress.Parse(address)));

    [Fact]
    public void Contract_cannot_speak_for_its_own_state()
    {
        var policy = PolicyDocument.Parse("""{"@id":"a","@type":"Offer","state":"active","filed":true,"permission":[{"action":"use"}]}""");
        Assert.Equal(2, Assert.Throws<TrustedDataSpace.Protocol.Errors.RefusalException>(() => CompiledPolicy.Of(policy)).Reasons.Count);
    }

    private static string Canonical(PolicyQuestion question) =>
        System.Text.Encoding.UTF8.GetString(CanonicalJson.Bytes(JsonElement.Parse(Written(question).Span)));

    private static ReadOnlyMemory<byte> Written(PolicyQuestion question)
    {
        var pen = new QuestionPen();
        PolicyInput.WriteOwn(pen.Begin(), question, question.Signals, question.Consents, Now);
        return new EngineQuestion(PolicyInput.Common(question, "power-grid"), pen.End()).ToJson();
    }
}
