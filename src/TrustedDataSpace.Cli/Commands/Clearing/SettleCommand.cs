using System.CommandLine;
using System.Globalization;
using TrustedDataSpace.Cli.Reports;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Clearing;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands.Clearing;

/// <summary><c>tds settle issue|list|show|sign|pay</c>.</summary>
internal static class SettleCommand
{
    public static Command Create() => new("settle", "Settlements: what is owed for the use of an agreement in a period, signed by both parties.") { Issue(), List(), Show(), Sign(), Pay() };

    private static Command Issue()
    {
        var agreement = new Argument<string>("AGREEMENT") { Description = "Id of the agreement." };
        var from = new Option<string>("--from") { Description = "Beginning of the period, such as 2026-05-01T00:00:00+08:00.", HelpName = "TIME", Required = true };
        var to = new Option<string>("--to") { Description = "End of the period, not included.", HelpName = "TIME", Required = true };
        return Verb.ForOperator("issue", "Settle a period; again, it is corrected by what has changed since.", [agreement, from, to], async call =>
        {
            var made = await call.Client.PostAsync<SettlementView>(AuthorityRoutes.Settlements, new SettlementRequest(call.Get(agreement), Time(call.Get(from)!), Time(call.Get(to)!)), call.Cancellation);
            await call.ShowAsync(made, Lines(made));
            return ExitCode.Ok;
        });
    }

    private static Command List()
    {
        var agreement = new Option<string?>("--agreement") { Description = "Of that agreement only.", HelpName = "ID" };
        return Verb.ForOperator("list", "Show settlements.", [agreement], async call =>
        {
            var query = call.Get(agreement) is { } id ? $"{AuthorityRoutes.Settlements}?agreement={Uri.EscapeDataString(id)}&" : AuthorityRoutes.Settlements + "?";
            var all = await call.Client.AllAsync<SettlementView>(query, call.Cancellation);
            await call.ShowAsync(all, all.Select(view => string.Join("  ", view.Settlement.Id, $"{view.State,-6}", $"{view.Settlement.Statement.From:yyyy-MM-dd'T'HH:mm'Z'}", $"revision {view.Settlement.Revision}", Money(view.Settlement), view.Settlement.Statement.AgreementId)));
            return ExitCode.Ok;
        });
    }

    private static Command Show()
    {
        var id = Id();
        var focus = new Option<bool>("--focus") { Description = "Its charges as CSV under the column names of FinOps FOCUS." };
        return Verb.ForOperator("show", "Show a settlement.", [id, focus], async call =>
        {
            var view = await call.Client.GetAsync<SettlementView>(AuthorityRoutes.ForSettlement(call.Get(id)), call.Cancellation);
            if (call.Get(focus))
            {
                await call.Output.WriteAsync(FocusExport.Write([view.Settlement]));
                return ExitCode.Ok;
            }

            await call.ShowAsync(view, Lines(view));
            return ExitCode.Ok;
        });
    }

    private static Command Sign()
    {
        var id = Id();
        var accept = new Option<string?>("--accept") { Description = "Sign although the connector's own records give another statement; say why.", HelpName = "REASON" };
        return Verb.ForConnector("sign", "Have a participant's connector compare a settlement with its own records, and sign it.", [id, accept], async call =>
        {
            var seen = await call.Client.GetAsync<SettlementView>(ManagementRoutes.For(ManagementRoutes.SettlementById, call.Get(id)), call.Cancellation);
            var view = ProtocolJson.Read<SettlementView>(await call.Client.WaitPostBytesAsync(ManagementRoutes.For(ManagementRoutes.SettlementSignature, call.Get(id)), new SettlementConsent(seen.Hash, call.Get(accept)), call.Cancellation));
            await call.ShowAsync(view, [$"signed  {view.Settlement.Id}, {Money(view.Settlement)}; it is {view.State}"]);
            return ExitCode.Ok;
        });
    }

    private static Command Pay()
    {
        var id = Id();
        var amount = new Option<string>("--amount") { Description = "What was paid: exactly what is due.", Required = true };
        var currency = new Option<string>("--currency") { Description = "Its currency.", DefaultValueFactory = _ => "CNY" };
        var reference = new Option<string>("--reference") { Description = "What the bank calls the payment.", Required = true };
        return Verb.ForOperator("pay", "Confirm by hand that a settlement was paid.", [id, amount, currency, reference], async call =>
        {
            var paid = decimal.TryParse(call.Get(amount), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw new CannotStartException($"'{call.Get(amount)}' is no amount, such as 233.28.");
            var view = await call.Client.PostAsync<SettlementView>(
                AuthorityRoutes.ForSettlement(call.Get(id), AuthorityRoutes.SettlementPayment),
                new Payment { Amount = paid, Currency = call.Get(currency)!, Reference = call.Get(reference)! },
                call.Cancellation);
            await call.ShowAsync(view, [$"paid    {view.Settlement.Id}, {Money(view.Settlement)}, {view.Payment!.Reference}"]);
            return ExitCode.Ok;
        });
    }

    private static Argument<string> Id() => new("ID") { Description = "Id of the settlement, as 'tds settle list' shows it." };

    private static IEnumerable<string> Lines(SettlementView view)
    {
        var settlement = view.Settlement;
        yield return $"settlement {settlement.Id}, revision {settlement.Revision}, {view.State}";
        yield return $"hash       {view.Hash}";
        yield return $"intervals  {settlement.Intervals} settled, {settlement.Disputed} in dispute";
        yield return $"signed     provider {(view.ProviderSignature is null ? "no" : "yes")}, consumer {(view.ConsumerSignature is null ? "no" : "yes")}";
        if (view.Payment is { } payment)
        {
            yield return $"payment    {payment.Reference}";
        }

        yield return StatementTable.Of(settlement.Statement);
        foreach (var line in settlement.Corrections ?? [])
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"correction {line.Component} {line.Kind}: {line.Quantity:+#,0;-#,0;0} {line.Meter}, {line.Amount:+0.##########;-0.##########;0}");
        }

        if (settlement.Prepaid is { } prepaid)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"prepaid    {prepaid} {settlement.Statement.Currency}, from the balance");
        }

        yield return $"due        {Money(settlement)}";
    }

    private static string Money(Settlement settlement) => string.Create(CultureInfo.InvariantCulture, $"{settlement.Due} {settlement.Statement.Currency}");

    private static DateTimeOffset Time(string text) => ProtocolJson.Read<DateTimeOffset>(ProtocolJson.ToElement(text));
}
