using System.Text.Json;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Delivery;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Connector.Agreements;

/// <summary>A row of the table <c>agreements</c>.</summary>
internal sealed record AgreementRow
{
    public const string Select =
        """
        SELECT id AS Id, role AS Role, state AS State, asset_id AS AssetId, classification AS Classification, document AS Document,
               concluded_at AS ConcludedAt, filed AS Filed, filing_refusal AS FilingRefusal,
               provider_signature AS ProviderSignature, consumer_signature AS ConsumerSignature,
               transfer_mode AS TransferMode, finite AS Finite, allow_bearer AS AllowBearer, formats AS Formats
        FROM agreements WHERE space_id = @Space
        """;

    public string Id { get; init; } = "";

    public DspRole Role { get; init; }

    public string State { get; init; } = "";

    public string? AssetId { get; init; }

    public string Classification { get; init; } = "";

    public string Document { get; init; } = "";

    public long ConcludedAt { get; init; }

    public long Filed { get; init; }

    public string? FilingRefusal { get; init; }

    public string? ProviderSignature { get; init; }

    public string? ConsumerSignature { get; init; }

    public string TransferMode { get; init; } = NegotiationModes.Automatic;

    public long Finite { get; init; }

    public long AllowBearer { get; init; }

    public string? Formats { get; init; }

    public static AgreementRow? Find(UnitOfWork unit, string id) => unit.Find<AgreementRow>(Select + " AND id = @id", new { unit.Space, id });

    public static void Add(UnitOfWork unit, AgreementRow row) => unit.Execute(
        """
        INSERT INTO agreements
            (space_id, id, role, state, asset_id, classification, document, concluded_at, filed, provider_signature, consumer_signature,
             transfer_mode, finite, allow_bearer, formats)
        VALUES
            (@Space, @Id, @Role, @State, @AssetId, @Classification, @Document, @ConcludedAt, 0, @ProviderSignature, @ConsumerSignature,
             @TransferMode, @Finite, @AllowBearer, @Formats)
        """,
        new
        {
            unit.Space,
            row.Id,
            Role = DspProcess.NameOf(row.Role),
            row.State,
            row.AssetId,
            row.Classification,
            row.Document,
            row.ConcludedAt,
            row.ProviderSignature,
            row.ConsumerSignature,
            row.TransferMode,
            row.Finite,
            row.AllowBearer,
            row.Formats,
        });

    public AgreementTerms ToTerms()
    {
        var document = PolicyDocument.Parse(Document);
        var compiled = CompiledPolicy.Of(document);
        return new AgreementTerms
        {
            Id = Id,
            Role = Role,
            Provider = document.Assigner!,
            Consumer = document.Assignee!,
            DatasetId = document.Target!,
            AssetId = AssetId,
            Classification = Classification,
            State = State,
            Filed = Filed == 1,
            FilingRefusal = FilingRefusal,
            ConcludedAt = DateTimeOffset.FromUnixTimeMilliseconds(ConcludedAt),
            Document = document,
            Signatures = Signatures().ToList(),
            Terms = compiled.Terms,
            Quotas = QuotaTerms.Of(compiled.Terms.Document),
            Price = UsePrice.Of(PricePlan.From(document)),
            NamesApplications = Operands(compiled.Terms.Document).Contains("application"),
            LimitsStandingAge = Operands(compiled.Terms.Document).Contains("standingAge"),
            Coverage = compiled.Coverage,
            Meter = MeterRule.From(document) ?? new MeterRule { Unit = MeterRule.Request },
            Delivery = DeliveryRule.From(document),
            Transfers = TransferTerms.Of(TransferMode, Finite, Formats, AllowBearer),
        };
    }

    private static IEnumerable<string?> Operands(JsonElement document) => document.GetProperty("permissions").EnumerateArray()
        .Concat(document.GetProperty("prohibitions").EnumerateArray())
        .SelectMany(rule => rule.GetProperty("constraints").EnumerateArray())
        .Select(constraint => constraint.GetProperty("left").GetString());

    private IEnumerable<SignatureView> Signatures()
    {
        if (ProviderSignature is not null)
        {
            yield return new SignatureView(DspProcess.NameOf(DspRole.Provider), ProviderSignature);
        }

        if (ConsumerSignature is not null)
        {
            yield return new SignatureView(DspProcess.NameOf(DspRole.Consumer), ConsumerSignature);
        }
    }
}
