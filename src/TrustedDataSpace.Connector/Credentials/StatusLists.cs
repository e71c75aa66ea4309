using System.Text;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// Status lists of issuers that are believed: fetched under the egress rule, verified once, asked in O(1) after that, and no older than
/// <see cref="CredentialOptions.MaxStatusAge"/> when they say that a credential holds. Who keeps a list away gains nothing: without it nothing holds.
/// </summary>
internal sealed class StatusLists(JsonClient http, KeyResolver keys, ConnectorSettings settings, TimeProvider clock)
{
    // Of 2 MiB at most each.
    private const int MostKept = 32;
    private static readonly TimeSpan FailureFreshness = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly Dictionary<(string Address, string Issuer, string Purpose), Kept> kept = [];

    /// <summary>Refuses a credential that was revoked or suspended, or of which nobody can tell.</summary>
    /// <exception cref="RefusalException">Unauthenticated.</exception>
    public ValueTask RequireHoldsAsync(VerifiableCredential credential, CancellationToken cancellation)
    {
        foreach (var entry in credential.Status)
        {
            if (Present(credential, entry) is not { } list)
            {
                return FetchAllAsync(credential, cancellation);
            }

            Require(list, entry);
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask FetchAllAsync(VerifiableCredential credential, CancellationToken cancellation)
    {
        foreach (var entry in credential.Status)
        {
            Require(Present(credential, entry) ?? await GetAsync(credential, entry, cancellation), entry);
        }
    }

    private static void Require(StatusList list, CredentialStatusEntry entry)
    {
        if (list.IsSet(entry.Index))
        {
            throw new RefusalException(RefusalCode.Unauthenticated, $"A credential does not hold: {(entry.Purpose == CredentialStatusEntry.Revocation ? "it was revoked" : "it is suspended")}.") { Term = "credentialStatus" };
        }
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
        try
        {
            var bytes = await http.GetDocumentAsync(entry.ListCredential, CancellationToken.None, StatusListCredential.MaxLength, StatusListCredential.MediaType(credential.Profile));
            var list = await CredentialJwt.VerifyAsync(Encoding.UTF8.GetString(bytes).Trim(), keys, clock.GetUtcNow(), StatusListCredential.MaxLength);
            return new Fetched(StatusListCredential.Read(list, credential, entry), list.ValidUntil);
        }
        catch (RefusalException refusal)
        {
            throw new RefusalException(RefusalCode.Unauthenticated, $"Nobody can tell whether a credential still holds: {refusal.Message}", refusal) { Term = "credentialStatus" };
        }
    }

    private static (string Address, string Issuer, string Purpose) KeyOf(VerifiableCredential credential, CredentialStatusEntry entry) =>
        (entry.ListCredential.AbsoluteUri, credential.Issuer.Value, entry.Purpose);

    private sealed record Kept(Task<Fetched> List, DateTimeOffset At);

    private sealed record Fetched(StatusList List, DateTimeOffset? ValidUntil);
}
