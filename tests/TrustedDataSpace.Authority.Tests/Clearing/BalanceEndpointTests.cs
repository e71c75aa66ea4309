using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Authority.Tests.Receipts;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Clearing;

/// <summary>Payments in advance: each counts once, and what is settled is taken from them, never more than there is.</summary>
public sealed class BalanceEndpointTests : IAsyncLifetime
{
    private const string Secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    // A record costs 0.126, so that a statement rounds up.
    private const string Terms =
        ""","tds:meter":{"unit":"row","format":"text/csv"},"tds:pricePlan":{"id":"plan","version":1,"currency":"CNY","prepaid":true,"components":[{"id":"rows","meter":"rows","unitSize":10,"price":"0.126"}],"rounding":{"per":"line","mode":"halfUp","scale":2}}""";

    private AuthorityUnderTest authority = null!;
    private ReceiptParties parties = null!;

    public async ValueTask InitializeAsync()
    {
        authority = await AuthorityUnderTest.StartAsync(change: settings => settings with { Clearing = new() { PaymentSecret = Secret } });
        parties = await ReceiptParties.FileAsync(authority, Terms);
    }

    public ValueTask DisposeAsync() => authority.DisposeAsync();

    [Fact]
    public async Task Payments_add_up_and_each_counts_once()
    {
        Assert.Equal((0L, 0m), Sums(await ShowAsync()));
        Assert.Equal((1L, 10m), Sums(await TopUpAsync(10.00m, "bank-1")));
        Assert.Equal((1L, 10m), Sums(await TopUpAsync(10m, "bank-1")));
        Assert.Equal((2L, 12.5m), Sums(await TopUpAsync(2.50m, " bank-2 ")));
        Assert.Equal((2L, 12.5m), Sums(await TopUpAsync(2.50m, "bank-2")));
        Assert.Equal(2, authority.Trail.After("", 1_000).Count(entry => entry.Kind == EvidenceKinds.BalanceToppedUp));

        var refusal = await authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, AuthorityRoutes.TopUps, AuthorityUnderTest.Operator, Payment(9m, "bank-1"));
        Assert.Equal("reference", refusal.GetProperty("term").GetString());

        var key = await authority.KeyAsync();
        var shown = await authority.OkAsync<BalanceView>(HttpMethod.Get, AuthorityRoutes.ForBalance(parties.Agreement), await authority.TokenAsync(parties.Provider));
        var note = BalanceNote.Verify(shown.Note, AuthorityUnderTest.Id, parties.Agreement, [key], authority.Clock.GetUtcNow());
        Assert.Equal((2L, 12.5m, "CNY"), (note.TopUps, note.ToppedUp, note.Currency));
    }

    [Fact]
    public async Task Only_the_operator_tops_up_and_only_the_parties_see_it()
    {
        var other = await authority.TokenAsync(await authority.JoinAsync("other"));
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Post, AuthorityRoutes.TopUps, await authority.TokenAsync(parties.Consumer), Payment(1m, "x"));
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, AuthorityRoutes.ForBalance(parties.Agreement), other);
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Post, AuthorityRoutes.TopUps, AuthorityUnderTest.Operator, Payment(1m, "x") with { Agreement = "urn:none" });
        foreach (var bad in new[] { Payment(0m, "x"), Payment(-1m, "x"), Payment(0.001m, "x"), Payment(9_000_000_000m, "x"), Payment(1m, " "), Payment(1m, new string('x', 201)), Payment(1m, "x") with { Currency = "EUR" } })
        {
            await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.TopUps, AuthorityUnderTest.Operator, bad);
        }

        Assert.Equal((0L, 0m), Sums(await ShowAsync()));
    }

    [Fact]
    public async Task Agreement_that_is_not_prepaid_has_no_balance()
    {
        await using var plain = await AuthorityUnderTest.StartAsync();
        var unpriced = await ReceiptParties.FileAsync(plain);
        await plain.RefusedAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Get, AuthorityRoutes.ForBalance(unpriced.Agreement), AuthorityUnderTest.Operator);
        await plain.RefusedAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Post, AuthorityRoutes.TopUps, AuthorityUnderTest.Operator, Payment(1m, "x") with { Agreement = unpriced.Agreement });
    }

    [Fact]
    public async Task Settlement_is_paid_from_the_balance_and_what_it_does_not_cover_is_due()
    {
        await TopUpAsync(0.63m, "bank-1");
        await parties.SubmitAsync(parties.Signed(4, 4));
        var disputed = await parties.SubmitAsync(parties.Signed(3, 1, parties.Interval - 1));
        authority.Clock.Advance(TimeSpan.FromHours(1));

        var first = await SettleAsync();
        Assert.Equal((true, 0.50m, 0.50m, 0.00m), (first.Settlement.Statement.Prepaid, first.Settlement.Statement.Total, first.Settlement.Prepaid, first.Settlement.Due));
        Assert.Equal((0.50m, 0.13m), Account(await ShowAsync()));
        await SignAsync(first, parties.Provider);
        Assert.Equal(SettlementStates.Paid, (await SignAsync(first, parties.Consumer)).State);

        // Seven uses cost 0.88, which is more than there is.
        await authority.OkAsync<Dispute>(
            HttpMethod.Post, AuthorityRoutes.ForDispute(disputed.Dispute!, AuthorityRoutes.DisputeResolution), AuthorityUnderTest.Operator, new DisputeResolution(DisputeTakes.Provider, "the log shows it"));
        var second = await SettleAsync();
        Assert.Equal((0.88m, 0.63m, 0.25m), (second.Settlement.Statement.Total, second.Settlement.Prepaid, second.Settlement.Due));
        Assert.Equal((0.63m, 0m), Account(await ShowAsync()));
        Assert.Equal(SettlementStates.Issued, second.State);
        await SignAsync(second, parties.Provider);
        Assert.Equal(SettlementStates.Agreed, (await SignAsync(second, parties.Consumer)).State);
    }

    [Fact]
    public async Task Payment_service_tops_up_with_its_signature_and_nobody_without()
    {
        var body = ProtocolJson.Write(new Payment { Agreement = parties.Agreement, Amount = 5.00m, Currency = "CNY", Reference = "bank-7" });
        Assert.Equal(HttpStatusCode.Unauthorized, await HookAsync(body, "v1,AAAA"));
        Assert.Equal((0L, 0m), Sums(await ShowAsync()));
        Assert.Equal(HttpStatusCode.OK, await HookAsync(body, null));
        Assert.Equal(HttpStatusCode.OK, await HookAsync(body, null));
        Assert.Equal((1L, 5m), Sums(await ShowAsync()));

        Assert.Equal(HttpStatusCode.BadRequest, await HookAsync(ProtocolJson.Write(new Payment { Amount = 5.00m, Currency = "CNY", Reference = "bank-8" }), null));
        Assert.Equal(HttpStatusCode.BadRequest, await HookAsync(ProtocolJson.Write(new Payment { Agreement = parties.Agreement, Settlement = "st-1", Amount = 5.00m, Currency = "CNY", Reference = "bank-8" }), null));
    }

    private static (long Number, decimal Sum) Sums(BalanceView view) => (view.TopUps, view.ToppedUp);

    private static (decimal Settled, decimal Left) Account(BalanceView view) => (view.Settled, view.Left);

    private TopUp Payment(decimal amount, string reference) => new() { Agreement = parties.Agreement, Amount = amount, Currency = "CNY", Reference = reference };

    private Task<BalanceView> TopUpAsync(decimal amount, string reference) => authority.OkAsync<BalanceView>(HttpMethod.Post, AuthorityRoutes.TopUps, AuthorityUnderTest.Operator, Payment(amount, reference));

    private Task<BalanceView> ShowAsync() => authority.OkAsync<BalanceView>(HttpMethod.Get, AuthorityRoutes.ForBalance(parties.Agreement), AuthorityUnderTest.Operator);

    private Task<SettlementView> SettleAsync() => authority.OkAsync<SettlementView>(
        HttpMethod.Post, AuthorityRoutes.Settlements, AuthorityUnderTest.Operator, new SettlementRequest(parties.Agreement, UsageInterval.Start(parties.Interval - 5), UsageInterval.Start(parties.Interval + 1)));

    private async Task<SettlementView> SignAsync(SettlementView view, TestMember by) => await authority.OkAsync<SettlementView>(
        HttpMethod.Post,
        AuthorityRoutes.ForSettlement(view.Settlement.Id, AuthorityRoutes.SettlementSignature),
        await authority.TokenAsync(by),
        new SettlementSignature(DetachedJws.Sign(view.Settlement.Bytes(), by.Key, TokenTypes.Settlement)));

    private async Task<HttpStatusCode> HookAsync(byte[] body, string? signature)
    {
        var now = authority.Clock.GetUtcNow().ToUnixTimeSeconds();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, authority.Url + AuthorityRoutes.Payments) { Content = new ByteArrayContent(body) };
        request.Headers.Add("webhook-id", "msg-1");
        request.Headers.Add("webhook-timestamp", now.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", signature ?? "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(Secret[6..]), (byte[])[.. Encoding.UTF8.GetBytes($"msg-1.{now}."), .. body])));
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
