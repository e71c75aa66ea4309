using System.Text;
using TrustedDataSpace.Conformance.Dsp.Kit;
using TrustedDataSpace.Protocol.Dsp;

namespace TrustedDataSpace.Conformance.Dsp.Driver;

/// <summary>The configuration file of the kit.</summary>
internal static class KitConfiguration
{
    private const string Prefix = "dataspacetck.dsp.";

    /// <summary>Where the connector under test speaks the protocol, below its address.</summary>
    public const string ProtocolPath = "/dsp/" + DspConstants.Version;

    public static string Text(DriverOptions options, IReadOnlyDictionary<string, string> offers)
    {
        var text = new StringBuilder("# Made by the conformance driver for the connector that it has started.\n");
        foreach (var (name, value) in Common(options).Concat(Ids(offers)))
        {
            text.Append(name).Append('=').Append(value).Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<(string Name, string Value)> Common(DriverOptions options)
    {
        yield return (Prefix + "local.connector", "false");
        yield return (Prefix + "connector.agent.id", DriverHost.Participant);
        yield return (Prefix + "connector.http.url", options.Url + ProtocolPath);
        yield return (Prefix + "connector.http.base.url", options.Url);

        // As in the kit's own sample, quotes and all: who calls is not looked at.
        yield return (Prefix + "connector.http.headers.authorization", "\"{\"region\": \"any\", \"audience\": \"any\", \"clientId\":\"any\"}\"");
        yield return (Prefix + "connector.negotiation.initiate.url", options.Url + Triggers.Negotiations);
        yield return (Prefix + "connector.transfer.initiate.url", options.Url + Triggers.Transfers);
        yield return (Prefix + "default.wait", "15");
        yield return ("dataspacetck.port", new Uri(options.Kit).Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        yield return ("dataspacetck.callback.address", options.Kit);
        yield return ("dataspacetck.ansi", "false");
    }

    private static IEnumerable<(string Name, string Value)> Ids(IReadOnlyDictionary<string, string> offers)
    {
        foreach (var dataset in Seed.CatalogDatasets)
        {
            yield return ($"CAT_{dataset[3..5]}_{dataset[5..]}_DATASETID", dataset);
        }

        foreach (var script in ConnectorScripts.All)
        {
            var test = KitSettings.Method(script.Test);
            if (script.IsTransfer)
            {
                yield return (test + "_AGREEMENTID", script.Subject);
                yield return (test + "_FORMAT", DspConstants.HttpPull);
            }
            else
            {
                yield return (test + "_DATASETID", script.Subject);

                // As provider the kit finds its dataset by the id of the offer.
                yield return (test + "_OFFERID", script.IsProvider ? offers[script.Subject] : "offer" + script.Subject);
            }
        }
    }
}
