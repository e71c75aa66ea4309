using System.CommandLine;
using System.Text;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Cli.Reports;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds statement</c>.</summary>
internal static class StatementCommand
{
    public static Command Create()
    {
        var connector = ServiceOptions.Connector();
        var agreement = new Argument<string>("AGREEMENT") { Description = "Id of the agreement." };
        var from = new Option<string?>("--from") { Description = "Beginning of the period, such as 2026-05-01T00:00:00+08:00. Default: when the agreement was signed.", HelpName = "TIME" };
        var to = new Option<string?>("--to") { Description = "End of the period, not included. Default: two minutes ago, up to which use is final on both sides.", HelpName = "TIME" };
        var json = new Option<bool>("--json") { Description = "Write the statement's canonical bytes, as the other party can make them, too." };
        var command = new Command("statement", "What the use of an agreement costs, by the count of a connector and the price plan in the agreement.") { agreement, from, to, json };
        connector.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var service = connector.Service(parsed);
            using var http = ServiceClient.CreateHttp(service.TrustedCertificates);
            var query = new StatementQuery { Agreement = parsed.GetValue(agreement), From = parsed.GetValue(from), To = parsed.GetValue(to) };
            var bytes = await new ManagementClient(http, service).StatementAsync(query, cancellation);
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                await output.WriteLineAsync(Encoding.UTF8.GetString(bytes));
                return ExitCode.Ok;
            }

            var statement = ProtocolJson.Read<Statement>(bytes);
            await output.WriteLineAsync(StatementTable.Of(statement));
            if (statement.Prepaid == true)
            {
                var client = new ServiceClient(http, service.Url!, service.Token);
                var balance = (await client.GetAsync<BalanceState>(ManagementRoutes.For(ManagementRoutes.BalanceById, statement.AgreementId), cancellation)).Account;
                await output.WriteLineAsync(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"prepaid: {statement.Total} {statement.Currency} of this period; topped up {balance.ToppedUp}, settled so far {balance.Settled}, left {balance.Left}"));
            }

            return ExitCode.Ok;
        });
        return command;
    }
}
