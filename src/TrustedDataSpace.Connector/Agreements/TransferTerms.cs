using System.Diagnostics.CodeAnalysis;
using System.Text;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Agreements;

/// <summary>What a product said about transfers when the agreement was negotiated; the provider keeps it beside the agreement.</summary>
/// <param name="Manual">Whether a requested transfer waits for a person or a program.</param>
/// <param name="Finite">Whether one whole delivery is all there is: a push completes with it.</param>
/// <param name="Formats">Which formats may be asked for; null: every format that is supported.</param>
/// <param name="AllowBearer">Whether a consumer's connector that knows no keys of flows gets data for its access token alone.</param>
internal sealed record TransferTerms(bool Manual, bool Finite, IReadOnlyList<string>? Formats, bool AllowBearer = false)
{
    /// <summary>Automatic, not finite, in every format.</summary>
    public static TransferTerms Usual { get; } = new(Manual: false, Finite: false, Formats: null);

    /// <summary>From the columns of a table.</summary>
    public static TransferTerms Of(string mode, long finite, string? formats, long allowBearer) => new(
        mode == NegotiationModes.Manual, finite == 1, formats is null ? null : ProtocolJson.Read<List<string>>(Encoding.UTF8.GetBytes(formats)), allowBearer == 1);

    /// <summary>Formats as a column keeps them.</summary>
    [return: NotNullIfNotNull(nameof(formats))]
    public static string? Write(IReadOnlyList<string>? formats) => formats is null ? null : Encoding.UTF8.GetString(ProtocolJson.Write(formats));
}
