using System.CommandLine;
using System.Text;
using TrustedDataSpace.Cli.Reports;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Cli.Commands.Clearing;

/// <summary><c>tds rate</c>.</summary>
internal static class RateCommand
{
    public static Command Create()
    {
        var agreement = new Argument<string>("AGREEMENT") { Description = "Id of the agreement." };
        var plan = new Option<string>("--what-if") { Description = "File with a price plan, as tds:pricePlan would hold it.", HelpName = "PLAN", Required = true };
        var from = new Option<string?>("--from") { Description = "Beginning of the period. Default: when the agreement was signed.", HelpName = "TIME" };
        var to = new Option<string?>("--to") { Description = "End of the period, not included. Default: two minutes ago.", HelpName = "TIME" };
        return Verb.ForConnector("rate", "What the use of an agreement would have cost by another price plan. Nothing is stored.", [agreement, plan, from, to], async call =>
        {
            var question = new WhatIf
            {
                Agreement = call.Get(agreement),
                From = call.Get(from),
                To = call.Get(to),
                Plan = ProtocolJson.Parse(await File.ReadAllBytesAsync(call.Get(plan)!, call.Cancellation)),
            };
            var bytes = await call.Client.WaitPostBytesAsync(ManagementRoutes.WhatIf, question, call.Cancellation);
            await call.Output.WriteLineAsync(call.Json ? Encoding.UTF8.GetString(bytes) : StatementTable.Of(ProtocolJson.Read<Statement>(bytes)));
            return ExitCode.Ok;
        });
    }
}
