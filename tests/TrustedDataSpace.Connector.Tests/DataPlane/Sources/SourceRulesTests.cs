using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane.Sources;

public sealed class SourceRulesTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public void Without_rules_any_path_and_query_may_be_read(string method) => Require(new(), method, "/a/b?x=1&x=2;y");

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    [InlineData("TRACE")]
    [InlineData("CONNECT")]
    [InlineData("get")]
    [InlineData("GETX")]
    public void Without_rules_nothing_but_reading_passes(string method)
    {
        var (refusal, context) = Refused(new(), method, "/");
        Assert.Equal((RefusalCode.MethodNotAllowed, "rules.methods", "use GET, HEAD"), (refusal.Code, refusal.Term, refusal.Remedy));
        Assert.Equal("GET,HEAD", context.Response.Headers.Allow.ToString());
    }

    [Fact]
    public void A_method_passes_when_it_is_allowed() => Require(new() { Methods = ["POST"] }, "POST", "/");

    [Theory]
    [InlineData("/curves/2026.csv", true)]
    [InlineData("/curves/2026.CSV", false)]
    [InlineData("/curves/2026.csv/", false)]
    [InlineData("/api/a/b", true)]
    [InlineData("/apis", false)]
    [InlineData("", false)]
    public void A_path_passes_when_it_fits(string path, bool passes)
    {
        var rules = new SourceRulesDefinition { Paths = ["/curves/*.csv", "/api/**"] };
        if (passes)
        {
            Require(rules, "GET", path);
        }
        else
        {
            var (refusal, _) = Refused(rules, "GET", path);
            Assert.Equal((RefusalCode.Forbidden, "rules.paths", "ask for what fits one of: /curves/*.csv, /api/**"), (refusal.Code, refusal.Term, refusal.Remedy));
        }
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("?", true)]
    [InlineData("?day=2026-05-12", true)]
    [InlineData("?day=2026-05-12&all", true)]
    [InlineData("?all=&day=2025-01-01", true)]
    [InlineData("?day=2024-01-01", false)]
    [InlineData("?day=2026-01-01&day=2026-01-02", false)]
    [InlineData("?day=2026-01-01;admin=1", false)]
    [InlineData("?Day=2026-01-01", false)]
    [InlineData("?day%5B%5D=2026-01-01", false)]
    [InlineData("?admin=1", false)]
    [InlineData("?day=2026-01-01&", false)]
    public void A_query_passes_when_each_of_its_parameters_is_named_once_and_fits(string query, bool passes)
    {
        var rules = new SourceRulesDefinition { Query = new Dictionary<string, IReadOnlyList<string>> { ["day"] = ["2026-*", "2025-*"], ["all"] = [] } };
        if (passes)
        {
            Require(rules, "GET", query);
        }
        else
        {
            var (refusal, _) = Refused(rules, "GET", query);
            Assert.Equal((RefusalCode.Forbidden, "rules.query", "use, each once: day=2026-*|2025-*, all"), (refusal.Code, refusal.Term, refusal.Remedy));
        }
    }

    [Fact]
    public void A_body_that_says_how_large_it_is_is_refused_before_it_comes()
    {
        var rules = new SourceRulesDefinition { Methods = ["POST"], LargestRequest = 10 };
        Require(rules, "POST", "/", request => request.ContentLength = 10);
        var (refusal, _) = Refused(rules, "POST", "/", request => request.ContentLength = 11);
        Assert.Equal((RefusalCode.TooLarge, "rules.largestRequest"), (refusal.Code, refusal.Term));
    }

    [Fact]
    public void A_read_with_a_body_is_refused()
    {
        var (refusal, _) = Refused(new(), "GET", "/", request => request.ContentLength = 1);
        Assert.Equal((RefusalCode.Malformed, "body"), (refusal.Code, refusal.Where));
    }

    [Fact]
    public void A_connection_is_not_upgraded()
    {
        var (refusal, _) = Refused(new(), "GET", "/", request => request.Headers.Upgrade = "websocket");
        Assert.Equal((RefusalCode.Unsupported, "Upgrade"), (refusal.Code, refusal.Where));
    }

    private static HttpContext Require(SourceRulesDefinition rules, string method, string pathAndQuery, Action<HttpRequest>? with = null, HttpContext? context = null)
    {
        context ??= new DefaultHttpContext();
        context.Request.Method = method;
        with?.Invoke(context.Request);
        new SourceRules(rules).Require(context.Request, CanonicalTarget.Parse("/data/f" + pathAndQuery, DataGate.Prefix));
        return context;
    }

    private static (RefusalException Refusal, HttpContext Context) Refused(SourceRulesDefinition rules, string method, string pathAndQuery, Action<HttpRequest>? with = null)
    {
        var context = new DefaultHttpContext();
        return (Assert.Throws<RefusalException>(() => { Require(rules, method, pathAndQuery, with, context); }), context);
    }
}
