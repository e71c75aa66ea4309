using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Hosting.Bundles;

/// <summary>
/// Signed policy bundles in OPA's own format, so that a stock OPA verifies what our connectors verify: <c>.signatures.json</c> holds
/// one ES256 JWT over the names and hashes of all other files.
/// </summary>
public static class BundleSignature
{
    private const string FileName = ".signatures.json";
    private const string Type = "bundle-signature+jwt";
    private const int MaxLength = 512 * 1024;

    /// <summary>The same bundle with its signature.</summary>
    /// <param name="bundle">Unsigned, or signed before: then the signature is replaced.</param>
    /// <param name="key">The publisher's.</param>
    /// <param name="scope">For whom the bundle is: the name of the space. A bundle of another space does not verify.</param>
    /// <param name="issuedAt">When it was published. An older one is not taken after it.</param>
    public static PolicyBundle Sign(PolicyBundle bundle, SigningKey key, string scope, DateTimeOffset issuedAt)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(key);
        var files = Content(bundle);
        var claims = new JsonObject
        {
            ["files"] = JsonSerializer.SerializeToNode(Hashes(files), ProtocolJson.Options),
            ["keyid"] = key.Kid,
            ["scope"] = scope,
            ["iat"] = issuedAt.ToUnixTimeSeconds(),
        };
        var signatures = new SignatureFile([Jwt.Sign(claims, key, Type)]);
        return PolicyBundle.Create([.. files, new BundleFile(FileName, JsonSerializer.Serialize(signatures, ProtocolJson.Options))]);
    }

    /// <summary>Reads an archive and verifies its signature. Nothing of an archive that fails is used.</summary>
    /// <param name="archive">A <c>.tar.gz</c> as OPA's Bundle API serves it.</param>
    /// <param name="keys">The publisher's keys.</param>
    /// <param name="scope">The name of the space.</param>
    /// <exception cref="RefusalException">Unauthenticated: no or another signature, or a file is missing, altered or not covered. Malformed: no bundle.</exception>
    public static PolicyBundle Verify(Stream archive, IReadOnlyCollection<PublicKey> keys, string scope)
    {
        var bundle = Read(archive);
        var signatures = bundle.Files.SingleOrDefault(file => file.Path == FileName)
            ?? throw Refuse("it is not signed: there is no " + FileName);
        if (ProtocolJson.Read<SignatureFile>(Bytes(signatures)).Signatures is not [var signature])
        {
            throw Refuse($"{FileName} must hold one signature");
        }

        var signed = ProtocolJson.Read<SignedContent>(Jws.Verify(signature, keys, Type, MaxLength));
        if (signed.Scope != scope)
        {
            throw Refuse($"it is signed for '{signed.Scope}', not for '{scope}'");
        }

        Compare(signed.Files, Hashes(Content(bundle)));
        return bundle;
    }

    /// <summary>When a verified bundle was published: the claim <c>iat</c> of its signature, in whole seconds.</summary>
    /// <param name="verified">A result of <see cref="Verify"/>.</param>
    public static DateTimeOffset IssuedAt(PolicyBundle verified)
    {
        ArgumentNullException.ThrowIfNull(verified);
        var signatures = ProtocolJson.Read<SignatureFile>(Bytes(verified.Files.Single(file => file.Path == FileName)));
        return DateTimeOffset.FromUnixTimeSeconds(ProtocolJson.Read<SignedContent>(Jws.ReadUnverified(signatures.Signatures[0])).Iat);
    }

    private static void Compare(IReadOnlyList<SignedFile> signed, IReadOnlyList<SignedFile> present)
    {
        var expected = signed.ToLookup(file => file.Name);
        foreach (var file in present)
        {
            var found = expected[file.Name].ToList();
            if (found is not [var one])
            {
                throw Refuse($"{file.Name} is not covered by the signature");
            }

            if (one != file)
            {
                throw Refuse($"{file.Name} was altered after signing");
            }
        }

        if (signed.Select(file => file.Name).Except(present.Select(file => file.Name)).FirstOrDefault() is { } missing)
        {
            throw Refuse($"{missing} is missing");
        }
    }

    private static PolicyBundle Read(Stream archive)
    {
        try
        {
            return PolicyBundle.FromArchive(archive);
        }
        catch (PolicyBundleException failure)
        {
            throw new RefusalException(RefusalCode.Malformed, failure.Message, failure);
        }
    }

    private static List<BundleFile> Content(PolicyBundle bundle) => [.. bundle.ArchiveFiles.Where(file => file.Path != FileName)];

    private static List<SignedFile> Hashes(List<BundleFile> files) =>
        [.. files.Select(file => new SignedFile(file.Path, OpaFileHash.Of(file), OpaFileHash.Algorithm))];

    private static byte[] Bytes(BundleFile file) => System.Text.Encoding.UTF8.GetBytes(file.Text);

    private static RefusalException Refuse(string why) => new(RefusalCode.Unauthenticated, $"The policy bundle is refused: {why}.") { Term = "signature" };

    private sealed record SignatureFile(IReadOnlyList<string> Signatures);

    private sealed record SignedContent(IReadOnlyList<SignedFile> Files, string Scope, long Iat);

    private sealed record SignedFile(string Name, string Hash, string Algorithm);
}
