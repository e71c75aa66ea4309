using System.Text;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// Status lists of issuers that are believed: fetched under the egress rule, verified once, asked in O(1) after that, and no older than
/// <see cref="CredentialOptions.MaxStatusAge"/> when they say that a credential holds. Who keeps a list away gains nothing: without it nothing holds.
/// </summary>
internal sealed class StatusLists(JsonClient http, KeyResolver keys, ConnectorSettings settings, TimeProvider clock, ILogger<StatusLists> logger)
{
    // Of 2 MiB at most each.
    private const int MostKept = 32;
    private static readonly TimeSpan FailureFreshness = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly Dictionary<(string Address, string Issuer, string Purpose), Kept> kept = [];

    /// <summary>Whether it is known without asking anybody that the credential was neither revoked nor suspended.</summary>
    public bool IsKnownToHold(VerifiableCredential credential)
    {
        for (var i = 0; i < credential.Status.Count; i++)
        {
            if (Present(credential, credential.Status[i]) is not { } list || list.IsSet(credential.Status[i].Index))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Why the credential does not hold: it was revoked or suspended, or nobody can tell. Null: it holds.</summary>
    public async Task<string?> FaultAsync(VerifiableCredential credential, CancellationToken cancellation)
    {
        foreach (var entry in credential.Status)
        {
            try
            {
                if ((Present(credential, entry) ?? await GetAsync(credential, entry, cancellation)).IsSet(entry.Index))
                {
                    return $"A credential does not hold: {(entry.Purpose == CredentialStatusEntry.Revocation ? "it was revoked" : "it is suspended")}.";
                }
            }
            catch (RefusalException refusal)
            {
                logger.StatusUnknown(credential.Issuer.Value, refusal.Message);
                return "Nobody can tell now whether a credential still holds.";
            }
        }

        return null;
    }

    /// <summary>The list, if it is here and fresh.</summary>
    private StatusList? Present(VerifiableCredential credential, CredentialStatusEntry entry)
    {
        lock (gate)
        {
            return kept.TryGetValue(KeyOf(credential, entry), out var known) && known.List.IsCompletedSuccessfully && IsFresh(known) ? known.List.Result.List : null;
        }
    }

    private async Task<StatusList> GetAsync(VerifiableCredential credential, CredentialStatusEntry entry, CancellationToken cancellation)
    {
        Kept known;
        lock (gate)
        {
            var key = KeyOf(credential, entry);
            if (!kept.TryGetValue(key, out known!) || (known.List.IsCompleted && !IsFresh(known)))
            {
                if (kept.Count >= MostKept && !kept.ContainsKey(key))
                {
                    kept.Remove(kept.MinBy(other => other.Value.At).Key);
                }

                // Not cancelled with the first who asks: others wait for the same list. It has its own limit of time.
                kept[key] = known = new Kept(Task.Run(() => FetchAsync(credential, entry), CancellationToken.None), clock.GetUtcNow());
            }
        }

        return (await known.List.WaitAsync(cancellation)).List;
    }

    // By when it was asked for, and a clock that was set back makes nothing fresh again.
    private bool IsFresh(Kept known)
    {
        var now = clock.GetUtcNow();
        return now - known.At is var age && age >= TimeSpan.Zero
            && (known.List.IsCompletedSuccessfully ? age < settings.Credentials.MaxStatusAge && !(known.List.Result.ValidUntil <= now) : age < FailureFreshness);
    }

    private async Task<Fetched> FetchAsync(VerifiableCredential credential, CredentialStatusEntry entry)
    {
        if (!GivenAddress.MayBeCalled(entry.ListCredential, settings.Egress))
        {
            throw new RefusalException(RefusalCode.Malformed, $"{entry.ListCredential} is no https address.");
        }

        var bytes = await http.GetDocumentAsync(entry.ListCredential, CancellationToken.None, StatusListCredential.MaxLength, StatusListCredential.MediaType(credential.Profile));
        var list = await CredentialJwt.VerifyAsync(Encoding.UTF8.GetString(bytes).Trim(), keys, clock.GetUtcNow(), StatusListCredential.MaxLength);
        return new Fetched(StatusListCredential.Read(list, credential, entry), list.ValidUntil);
    }

    private static (string Address, string Issuer, string Purpose) KeyOf(VerifiableCredential credential, CredentialStatusEntry entry) =>
        (entry.ListCredential.AbsoluteUri, credential.Issuer.Value, entry.Purpose);

    private sealed record Kept(Task<Fetched> List, DateTimeOffset At);

    private sealed record Fetched(StatusList List, DateTimeOffset? ValidUntil);
}
