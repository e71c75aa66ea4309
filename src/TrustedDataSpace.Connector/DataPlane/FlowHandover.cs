using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Signatures;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// How a consumer gets what opens a flow: the token and, when its connector publishes a key to encrypt to, the key of the flow.
/// Otherwise the token is bound to the consumer's own key, or to nothing where the product allows that. Whoever shows a client certificate when
/// it asks for the transfer asks with it that the token is bound to that.
/// </summary>
internal sealed class FlowHandover(FlowKeys keys, PeerAgreementKeys agreements, IPeerDirectory directory, DataTokens tokens, AgreementKeys own)
{
    /// <summary>Provider: settles what the flow's tokens are bound to and writes the properties of the data address. Written again, they hold the same key.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="agreementId">Its agreement.</param>
    /// <param name="consumer">Its consumer.</param>
    /// <param name="allowBearer">Whether the product lets through whoever shows the token alone.</param>
    /// <param name="certificate">The certificate over which the transfer was asked for; null without one.</param>
    /// <param name="cancellation">Ends the wait for the consumer's document.</param>
    /// <exception cref="RefusalException">Unavailable: nobody can tell now which keys the consumer has.</exception>
    public async Task<IReadOnlyList<EndpointProperty>> WriteAsync(string flow, string agreementId, string consumer, bool allowBearer, string? certificate, CancellationToken cancellation)
    {
        var present = keys.BindingOf(flow);
        var recipient = certificate is null ? await agreements.FindAsync(consumer, cancellation) : null;
        var binding = certificate is not null ? new FlowBinding(FlowBindingKind.Certificate, present.Number, certificate)
            : recipient is not null ? new FlowBinding(FlowBindingKind.Key, present.Number, HolderOf(present, recipient))
            : allowBearer ? new FlowBinding(FlowBindingKind.Bearer, present.Number)
            : new FlowBinding(FlowBindingKind.Dpop, present.Number, (await directory.FindAsync(consumer, cancellation)).Key.Thumbprint);
        if (present != binding && await keys.BindAsync(flow, binding) != binding)
        {
            throw new RefusalException(RefusalCode.Unavailable, "The flow was started again a moment ago.");
        }

        return
        [
            new EndpointProperty { Name = DspConstants.AuthorizationProperty, Value = tokens.Issue(flow, agreementId, consumer) },
            new EndpointProperty
            {
                Name = DspConstants.AuthTypeProperty,
                Value = binding.Kind switch
                {
                    FlowBindingKind.Key => DspConstants.SignatureAuthType,
                    FlowBindingKind.Dpop => DspConstants.DpopAuthType,
                    FlowBindingKind.Certificate => DspConstants.CertificateAuthType,
                    _ => DspConstants.BearerAuthType,
                },
            },
            .. recipient is null ? [] : new[] { new EndpointProperty { Name = DspConstants.FlowKeyProperty, Value = Encrypt(flow, binding.Number, recipient) } },
        ];
    }

    /// <summary>Consumer: the key in a data address; null when it has none.</summary>
    /// <exception cref="RefusalException">Malformed: it cannot be opened, or is that of another flow.</exception>
    public FlowSigner? Read(string flow, DataAddress address)
    {
        var authType = address.Property(DspConstants.AuthTypeProperty);
        if (address.Property(DspConstants.FlowKeyProperty) is not { } box)
        {
            return authType == DspConstants.SignatureAuthType ? throw Refuse("it is missing") : null;
        }

        var document = ProtocolJson.Read<FlowKeyDocument>(Jwe.Decrypt(box, own.Find, TokenTypes.FlowKey));
        return document.Kty == "oct"
            && document.Flow == flow
            && document.Key().Length == SignatureKey.Bytes
            && long.TryParse(document.Kid, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new FlowSigner(number, document.Key())
            : throw Refuse("it is that of another flow, or none");
    }

    // Once the same key of the flow may have been encrypted to another recipient, too, it names no connector any more.
    private static string? HolderOf(FlowBinding present, PublicKey recipient) =>
        present.Kind == FlowBindingKind.None || (present.Kind == FlowBindingKind.Key && present.Thumbprint == recipient.Thumbprint) ? recipient.Thumbprint : null;

    private string Encrypt(string flow, long number, PublicKey recipient) => Jwe.Encrypt(
        ProtocolJson.Write(new FlowKeyDocument("oct", Base64Url.EncodeToString(keys.KeyOf(flow, number)), number.ToString(CultureInfo.InvariantCulture), flow)),
        recipient,
        TokenTypes.FlowKey);

    private static RefusalException Refuse(string why) =>
        new(RefusalCode.Malformed, $"The key of the flow cannot be used: {why}.") { Where = "dataAddress.endpointProperties." + DspConstants.FlowKeyProperty };

    /// <summary>What is encrypted: a JSON Web Key (RFC 7518 §6.4) that names its flow.</summary>
    private sealed record FlowKeyDocument(string Kty, string K, string Kid, string Flow)
    {
        public byte[] Key()
        {
            var text = K.AsSpan();
            var key = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
            return Base64Url.DecodeFromChars(text, key, out _, out var length) == OperationStatus.Done ? key[..length] : [];
        }

        public override string ToString() => "flow key " + Kid;
    }
}
