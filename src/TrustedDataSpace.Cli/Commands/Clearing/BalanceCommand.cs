using System.CommandLine;
using System.Globalization;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands.Clearing;

/// <summary><c>tds balance show|top-up</c>.</summary>
internal static class BalanceCommand
{
    public static Command Create() => new("balance", "What is paid in advance under an agreement, and what is left of it.") { Show(), TopUp() };

    private static Command Show()
    {
        var agreement = Agreement();
        return Verb.ForConnector("show", "Show the balance of an agreement, as a party of it.", [agreement], async call =>
        {
            var state = await call.Client.GetAsync<BalanceState>(ManagementRoutes.For(ManagementRoutes.BalanceById, call.Get(agreement)), call.Cancellation);
            await call.ShowAsync(state, Lines(state));
            return ExitCode.Ok;
        });
    }

    private static Command TopUp()
    {
        var agreement = Agreement();
        var amount = new Option<string>("--amount") { Description = "What was paid.", Required = true };
        var currency = new Option<string>("--currency") { Description = "Its currency.", DefaultValueFactory = _ => "CNY" };
        var reference = new Option<string>("--reference") { Description = "What the bank calls the payment. The same again changes nothing.", Required = true };
        return Verb.ForOperator("top-up", "Confirm by hand that a consumer has paid in advance.", [agreement, amount, currency, reference], async call =>
        {
            var paid = decimal.TryParse(call.Get(amount), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw new CannotStartException($"'{call.Get(amount)}' is no amount, such as 100.00.");
            var view = await call.Client.PostAsync<BalanceView>(
                AuthorityRoutes.TopUps,
                new TopUp { Agreement = call.Get(agreement), Amount = paid, Currency = call.Get(currency)!, Reference = call.Get(reference)! },
                call.Cancellation);
            await call.ShowAsync(view, Lines(view));
            return ExitCode.Ok;
        });
    }

    private static Argument<string> Agreement() => new("AGREEMENT") { Description = "Id of the agreement." };

    private static IEnumerable<string> Lines(BalanceView view) =>
    [
        $"agreement  {view.Agreement}",
        string.Create(CultureInfo.InvariantCulture, $"topped up  {view.ToppedUp} {view.Currency}, in {view.TopUps} payments"),
        string.Create(CultureInfo.InvariantCulture, $"settled    {view.Settled} {view.Currency}"),
        string.Create(CultureInfo.InvariantCulture, $"left       {view.Left} {view.Currency}, by what is settled"),
    ];

    private static IEnumerable<string> Lines(BalanceState state) => state.Left is null ? Lines(state.Account) :
    [
        .. Lines(state.Account),
        string.Create(CultureInfo.InvariantCulture, $"at the gate  {state.Used:0.#########} {state.Account.Currency} used, {state.Left:0.#########} left{(state.Held > 0 ? $", {state.Held:0.#########} of the use held for disputes" : "")}"),
    ];
}
