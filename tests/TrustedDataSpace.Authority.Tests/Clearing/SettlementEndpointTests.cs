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
using TrustedDataSpace.Protocol.Pricing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Clearing;

public sealed class SettlementEndpointTests : IAsyncLifetime
{
    private const string Secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    private const string Terms =
        ""","tds:meter":{"unit":"row","format":"text/csv"},"tds:pricePlan":{"id":"plan","version":1,"currency":"CNY","components":[{"id":"rows","meter":"rows","unitSize":10,"price":"0.25"}],"rounding":{"per":"line","mode":"halfUp","scale":2}}""";

    private AuthorityUnderTest authority = null!;
    private ReceiptParties parties = null!;

    public async ValueTask InitializeAsync()
    {
        authority = await AuthorityUnderTest.StartAsync(change: settings => settings with { Clearing = new() { PaymentSecret = Secret } });
        parties = await ReceiptParties.FileAsync(authority, Terms);
    }

    public ValueTask DisposeAsync() => authority.DisposeAsync();

    [Fact]
    public async Task What_has_settled_is_rated_whatever_the_order_and_however_often_it_came()
    {
        foreach (var i in new[] { 2, 0, 1, 0, 2 })
        {
            await parties.SubmitAsync(parties.Signed(i + 1, i + 1, parties.Interval - i));
        }

        authority.Clock.Advance(TimeSpan.FromHours(1));
        var view = await SettleAsync();
        Assert.Equal((1L, 3L, 0L, 1.50m, SettlementStates.Issued), (view.Settlement.Revision, view.Settlement.Intervals, view.Settlement.Disputed, view.Settlement.Due, view.State));
        var evidence = authority.Trail.Count().Entries;
        var again = await SettleAsync();
        Assert.Equal((view.Hash, view.Settlement.Id), (again.Hash, again.Settlement.Id));
        Assert.Equal(evidence, authority.Trail.Count().Entries);
        Assert.Equal(view.Hash, (await ShownAsync(view)).Settlement.Hash());
    }

    [Fact]
    public async Task Statement_is_that_of_the_records_whatever_the_order_repetition_and_lateness_in_which_they_came()
    {
        // Counter-signatures come with the record or behind it, everything comes up to three times, and nothing in its order.
        var submissions = Enumerable.Range(0, 6)
            .SelectMany(i => new[] { parties.Signed(i + 1, null, parties.Interval - i), parties.Signed(i + 1, i + 1, parties.Interval - i), parties.Signed(i + 1, i + 1, parties.Interval - i) })
            .ToArray();
        RandomNumberGenerator.Shuffle(submissions.AsSpan());
        foreach (var submission in submissions)
        {
            await parties.SubmitAsync(submission);
        }

        authority.Clock.Advance(TimeSpan.FromHours(1));
        var view = await SettleAsync();
        var statement = view.Settlement.Statement;
        var records = Enumerable.Range(0, 6).Select(i => parties.Record(parties.Provider, i + 1, parties.Interval - i)).ToList();
        var plan = PricePlan.Read(ProtocolJson.Parse(Encoding.UTF8.GetBytes(Terms[(Terms.IndexOf("pricePlan\":", StringComparison.Ordinal) + "pricePlan\":".Length)..])));
        var expected = Rating.Statement(plan, plan.Hash, new AgreementParties(parties.Agreement, parties.Provider.Id, parties.Consumer.Id), records, statement.From, statement.To);
        Assert.Equal(Encoding.UTF8.GetString(expected.Bytes()), Encoding.UTF8.GetString(statement.Bytes()));
        Assert.Equal(6, view.Settlement.Intervals);

        foreach (var submission in submissions)
        {
            await parties.SubmitAsync(submission);
        }

        Assert.Equal(view.Hash, (await SettleAsync()).Hash);
    }

    [Fact]
    public async Task Dispute_is_held_back_and_corrected_by_new_lines_once_it_is_resolved()
    {
        await parties.SubmitAsync(parties.Signed(4, 4));
        var disputed = await parties.SubmitAsync(parties.Signed(10, 8, parties.Interval - 1));
        authority.Clock.Advance(TimeSpan.FromHours(1));
        var first = await SettleAsync();
        Assert.Equal((1.00m, 1L), (first.Settlement.Due, first.Settlement.Disputed));

        await authority.OkAsync<Dispute>(
            HttpMethod.Post, AuthorityRoutes.ForDispute(disputed.Dispute!, AuthorityRoutes.DisputeResolution), AuthorityUnderTest.Operator, new DisputeResolution(DisputeTakes.Lower, "both agree"));
        var second = await SettleAsync();
        Assert.Equal((2L, first.Hash, 2.00m, 0L), (second.Settlement.Revision, second.Settlement.Corrects, second.Settlement.Due, second.Settlement.Disputed));
        Assert.Equal((80L, 2.00m), second.Settlement.Corrections!.Select(line => (line.Quantity, line.Amount)).Single());
        Assert.Equal(first.Hash, (await ShownAsync(first)).Hash);
        Assert.Equal(2, (await authority.OkAsync<Page<SettlementView>>(HttpMethod.Get, AuthorityRoutes.SettlementsPage(parties.Agreement, 10), await authority.TokenAsync(parties.Consumer))).Items.Count);

        using var focus = await authority.SendAsync(HttpMethod.Get, AuthorityRoutes.ForSettlement(second.Settlement.Id, AuthorityRoutes.SettlementFocus), AuthorityUnderTest.Operator);
        Assert.Equal("text/csv", focus.Content.Headers.ContentType!.MediaType);
        Assert.Contains("Correction", await focus.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Period_that_is_not_over_cuts_another_or_a_minute_is_refused()
    {
        await parties.SubmitAsync(parties.Signed(1, 1));
        await RefusedAsync(HttpStatusCode.Conflict, "to", From, To);
        authority.Clock.Advance(TimeSpan.FromHours(1));
        await SettleAsync();
        await RefusedAsync(HttpStatusCode.Conflict, "period", From.AddMinutes(-10), From.AddMinutes(1));
        await RefusedAsync(HttpStatusCode.Conflict, "period", From, To.AddMinutes(-1));
        await RefusedAsync(HttpStatusCode.BadRequest, "period", From.AddMinutes(-30).AddSeconds(1), From);
        await RefusedAsync(HttpStatusCode.BadRequest, "period", From, From.AddMinutes(-1));
        await RefusedAsync(HttpStatusCode.Conflict, "to", From, DateTimeOffset.MaxValue);
        await RefusedAsync(HttpStatusCode.Conflict, "to", new DateTimeOffset(2025, 12, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task Both_sign_and_then_it_is_paid_once()
    {
        var view = await IssuedAsync();
        var payment = new Payment { Amount = view.Settlement.Due, Currency = "CNY", Reference = "bank-1" };
        await RefusedPaymentAsync(view, payment, "state");
        Assert.Equal(SettlementStates.Issued, (await SignAsync(view, parties.Provider)).State);
        await RefusedPaymentAsync(view, payment, "state");
        Assert.Equal(SettlementStates.Agreed, (await SignAsync(view, parties.Consumer)).State);
        await SignAsync(view, parties.Consumer);

        await RefusedPaymentAsync(view, payment with { Amount = view.Settlement.Due + 0.01m }, "amount");
        await RefusedPaymentAsync(view, payment with { Currency = "EUR" }, "amount");
        var paid = await PayAsync(view, payment);
        Assert.Equal((SettlementStates.Paid, "bank-1"), (paid.State, paid.Payment!.Reference));
        Assert.Equal(SettlementStates.Paid, (await PayAsync(view, payment)).State);
        await RefusedPaymentAsync(view, payment with { Reference = "bank-2" }, "payment");
        Assert.Equal(2, authority.Trail.After("", 1_000).Count(entry => entry.Kind == EvidenceKinds.SettlementSigned));
        Assert.Single(authority.Trail.After("", 1_000), entry => entry.Kind == EvidenceKinds.SettlementPaid);
    }

    [Fact]
    public async Task Signature_of_another_or_over_something_else_is_refused()
    {
        var view = await IssuedAsync();
        var route = AuthorityRoutes.ForSettlement(view.Settlement.Id, AuthorityRoutes.SettlementSignature);
        var token = await authority.TokenAsync(parties.Consumer);
        string[] bad =
        [
            DetachedJws.Sign(view.Settlement.Bytes(), parties.Provider.Key, TokenTypes.Settlement),
            DetachedJws.Sign((view.Settlement with { Due = 0.01m }).Bytes(), parties.Consumer.Key, TokenTypes.Settlement),
            DetachedJws.Sign(view.Settlement.Bytes(), parties.Consumer.Key, TokenTypes.Agreement),
            "no signature",
        ];
        foreach (var signature in bad)
        {
            await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Post, route, token, new SettlementSignature(signature));
        }

        var other = await authority.TokenAsync(await authority.JoinAsync("other"));
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Post, route, other, new SettlementSignature("x"));
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, AuthorityRoutes.ForSettlement(view.Settlement.Id), other);
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, AuthorityRoutes.ForSettlement(view.Settlement.Id, AuthorityRoutes.SettlementFocus), other);
        Assert.Equal(SettlementStates.Issued, (await ShownAsync(view)).State);
    }

    [Fact]
    public async Task Payment_service_confirms_with_its_signature_and_nobody_without()
    {
        var view = await IssuedAsync();
        await SignAsync(view, parties.Provider);
        await SignAsync(view, parties.Consumer);
        var body = ProtocolJson.Write(new Payment { Settlement = view.Settlement.Id, Amount = view.Settlement.Due, Currency = "CNY", Reference = "bank-7" });
        var now = authority.Clock.GetUtcNow().ToUnixTimeSeconds();

        Assert.Equal(HttpStatusCode.Unauthorized, await HookAsync(body, now, null));
        Assert.Equal(HttpStatusCode.Unauthorized, await HookAsync(body, now, Signature("whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=", body, now)));
        Assert.Equal(HttpStatusCode.Unauthorized, await HookAsync(body, now - 301, Signature(Secret, body, now - 301)));
        Assert.Equal(HttpStatusCode.Unauthorized, await HookAsync(body, now + 301, Signature(Secret, body, now + 301)));
        Assert.Equal(HttpStatusCode.Unauthorized, await HookAsync([.. body, (byte)' '], now, Signature(Secret, body, now)));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await HookAsync(new byte[20_000], now, Signature(Secret, body, now)));
        Assert.Null((await ShownAsync(view)).Payment);

        Assert.Equal(HttpStatusCode.OK, await HookAsync(body, now, "v1,AAAA " + Signature(Secret, body, now)));
        Assert.Equal(HttpStatusCode.OK, await HookAsync(body, now, Signature(Secret, body, now)));
        Assert.Equal(SettlementStates.Paid, (await ShownAsync(view)).State);
    }

    [Fact]
    public async Task Agreement_without_a_price_plan_and_one_that_is_not_there_are_refused()
    {
        await using var other = await AuthorityUnderTest.StartAsync();
        var unpriced = await ReceiptParties.FileAsync(other);
        other.Clock.Advance(TimeSpan.FromHours(1));
        await other.RefusedAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Post, AuthorityRoutes.Settlements, AuthorityUnderTest.Operator, new SettlementRequest(unpriced.Agreement, From, To));
        await other.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Post, AuthorityRoutes.Settlements, AuthorityUnderTest.Operator, new SettlementRequest("urn:none", From, To));
        await other.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Post, AuthorityRoutes.Settlements, await other.TokenAsync(unpriced.Provider), new SettlementRequest(unpriced.Agreement, From, To));
    }

    private DateTimeOffset From => UsageInterval.Start(parties.Interval - 5);

    private DateTimeOffset To => UsageInterval.Start(parties.Interval + 1);

    private Task<SettlementView> SettleAsync() =>
        authority.OkAsync<SettlementView>(HttpMethod.Post, AuthorityRoutes.Settlements, AuthorityUnderTest.Operator, new SettlementRequest(parties.Agreement, From, To));

    private async Task<SettlementView> IssuedAsync()
    {
        await parties.SubmitAsync(parties.Signed(4, 4));
        authority.Clock.Advance(TimeSpan.FromHours(1));
        return await SettleAsync();
    }

    private Task<SettlementView> ShownAsync(SettlementView view) => authority.OkAsync<SettlementView>(HttpMethod.Get, AuthorityRoutes.ForSettlement(view.Settlement.Id), AuthorityUnderTest.Operator);

    private async Task<SettlementView> SignAsync(SettlementView view, TestMember by) => await authority.OkAsync<SettlementView>(
        HttpMethod.Post,
        AuthorityRoutes.ForSettlement(view.Settlement.Id, AuthorityRoutes.SettlementSignature),
        await authority.TokenAsync(by),
        new SettlementSignature(DetachedJws.Sign(view.Settlement.Bytes(), by.Key, TokenTypes.Settlement)));

    private Task<SettlementView> PayAsync(SettlementView view, Payment payment) =>
        authority.OkAsync<SettlementView>(HttpMethod.Post, AuthorityRoutes.ForSettlement(view.Settlement.Id, AuthorityRoutes.SettlementPayment), AuthorityUnderTest.Operator, payment);

    private async Task RefusedPaymentAsync(SettlementView view, Payment payment, string term)
    {
        var refusal = await authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, AuthorityRoutes.ForSettlement(view.Settlement.Id, AuthorityRoutes.SettlementPayment), AuthorityUnderTest.Operator, payment);
        Assert.Equal(term, refusal.GetProperty("term").GetString());
    }

    private async Task RefusedAsync(HttpStatusCode status, string term, DateTimeOffset from, DateTimeOffset to)
    {
        var refusal = await authority.RefusedAsync(status, HttpMethod.Post, AuthorityRoutes.Settlements, AuthorityUnderTest.Operator, new SettlementRequest(parties.Agreement, from, to));
        Assert.Equal(term, refusal.GetProperty("term").GetString());
    }

    private async Task<HttpStatusCode> HookAsync(byte[] body, long at, string? signature)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, authority.Url + AuthorityRoutes.Payments) { Content = new ByteArrayContent(body) };
        request.Headers.Add("webhook-id", "msg-1");
        request.Headers.Add("webhook-timestamp", at.ToString(CultureInfo.InvariantCulture));
        if (signature is not null)
        {
            request.Headers.Add("webhook-signature", signature);
        }

        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    private static string Signature(string secret, byte[] body, long at) =>
        "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[6..]), (byte[])[.. Encoding.UTF8.GetBytes($"msg-1.{at}."), .. body]));
}
