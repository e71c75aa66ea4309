using System.Globalization;
using System.Text.Json.Nodes;
using TrustedDataSpace.Cli.Sources;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Cli.Demo.Materials;

/// <summary>What 640 calls cost, and who gets what of it.</summary>
internal sealed class TokenSettlementSteps(DemoSpace space)
{
    private static readonly (string Component, string? Party, long Quantity, decimal Amount)[] Expected =
    [
        ("input", null, 1_228_800, 4.92m),
        ("cached", null, 307_200, 0.25m),
        ("output", null, 256_000, 3.07m),
        ("premium", ReportChunks.Lab, 393_216, 7.86m),
        ("premium", ReportChunks.Mill, 589_824, 11.80m),
    ];

    public async Task<string> StateAsync(CancellationToken cancellation)
    {
        space.Clock.Set(space.At(days: 1, hour: 0, minute: 10));
        var query = new StatementQuery { Agreement = space.Agreements[MaterialsDemo.Product], From = Time(space.At(0, 0, 0)), To = Time(space.At(1, 0, 0)) };
        var provider = await space.ProviderManagement.StatementAsync(query, cancellation);
        var consumer = await space.ConsumerManagement.StatementAsync(query, cancellation);
        Expect.That(provider.AsSpan().SequenceEqual(consumer), "the same bytes from both connectors", "other bytes");

        var statement = ProtocolJson.Read<Statement>(provider);
        var lines = statement.Lines.Where(line => line.Kind == StatementLineKinds.Use).Select(line => (line.Component!, line.Party, line.Quantity, line.Amount)).ToList();
        Expect.That(Expected.SequenceEqual(lines), string.Join("; ", Expected), string.Join("; ", lines));
        Expect.Equal(27.90m, statement.Total, "the total");
        var parts = statement.Splits!.ToDictionary(part => part.Party, part => part.Amount);
        Expect.Equal((11.80m, 7.86m, 8.24m), (parts[ReportChunks.Mill], parts[ReportChunks.Lab], parts[space.Provider.Id]), "the parts of mill, laboratory and assistant");
        return $"{string.Join("; ", lines.Select(line => Text($"{line.Item1}{Of(line.Party)} {line.Quantity:N0} tokens = {line.Amount}")))}; total {Text($"{statement.Total}")} {statement.Currency}; mill 11.80, laboratory 7.86, assistant 8.24; both connectors show the same bytes";
    }

    /// <summary>The same signed records under a plan that rounds otherwise.</summary>
    public async Task<string> RatePerInvoiceAsync(CancellationToken cancellation)
    {
        var agreement = await space.ProviderManagement.AgreementAsync(space.Agreements[MaterialsDemo.Product], cancellation);
        var plan = JsonNode.Parse(PricePlan.From(new PolicyDocument(agreement.Policy))!.Element.GetRawText())!;
        plan["rounding"]!["per"] = RoundingRule.PerInvoice;
        var other = PricePlan.Read(ProtocolJson.ToElement(plan));
        var records = await space.ProviderManagement.RecordsAsync(agreement.Id, cancellation);
        var statement = Rating.Statement(other, other.Hash, new AgreementParties(agreement.Id, space.Provider.Id, space.Consumer.Id), records, space.At(0, 0, 0), space.At(1, 0, 0));
        Expect.Equal(27.89m, statement.Total, "the total rounded once");
        return Text($"the same {records.Count} records, rounded once per invoice: {statement.Total} {statement.Currency}; so the rounding rule is part of the plan, which the contract pins");
    }

    private string Of(string? party) => party is null ? "" : " of " + space.Definition.Participants.Single(one => one.Id == party).ShortName;

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH':'mm':'sszzz", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
