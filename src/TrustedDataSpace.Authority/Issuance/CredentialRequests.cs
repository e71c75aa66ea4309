using System.Text;
using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Issuance;

/// <summary>
/// Takes requests for credentials (DCP §6.4) and answers them: what the register says and what the operator has issued is there at once, and is delivered by the
/// outbox in one message; where anything is lacking, the whole request is rejected, and that is delivered.
/// </summary>
internal sealed class CredentialRequests(Database database, CredentialObjects objects, MemberCredentials members, CredentialCodes codes, DeliveryQueue queue, KeyStore keys)
{
    private const int MostAtOnce = 20;
    private const int MostPending = 20;
    private const int MostOfOne = 20;
    private const int MostDelivered = 100;
    private const int LongestText = 512;

    /// <summary>Takes a request. The same one again, while it is under way, is the same request.</summary>
    /// <returns>The issuer's name for it.</returns>
    /// <exception cref="RefusalException">Malformed: not what is issued here; Forbidden: a code that is not good; QuotaExhausted: too many are under way.</exception>
    public Task<string> TakeAsync(ParticipantRow member, SelfIssuedIdToken token, CredentialRequestMessage message)
    {
        if (message.HolderPid.Length is 0 or > LongestText || message.HolderPid.AsSpan().ContainsAny('\n', '\r'))
        {
            throw Malformed("$.holderPid", $"it has 1 to {LongestText} characters on one line");
        }

        if (message.Credentials.Count is 0 or > MostAtOnce)
        {
            throw Malformed("$.credentials", $"1 to {MostAtOnce} are asked for at a time");
        }

        List<AskedCredential> asked = [.. message.Credentials.Select((one, i) => objects.Find(one.Id) ?? throw Malformed($"$.credentials[{i}].id", "it is none of the issuer's metadata"))];
        var pid = queue.NewPid();
        var row = new RequestRow
        {
            IssuerPid = pid,
            Holder = member.Id,
            HolderPid = message.HolderPid,
            Objects = string.Join('\n', message.Credentials.Select(one => one.Id)),
            TokenHash = token.AccessToken is { } given ? SecretHashes.Hash(given) : "",

            // Sealed outside the unit of work, which must wait for nobody.
            TokenSealed = token.AccessToken is { } access ? keys.Seal(Encoding.UTF8.GetBytes(access), RequestRow.Context(pid)) : null,
        };
        return database.WriteAsync(unit => Take(unit, row, asked, token.PreAuthorizedCode));
    }

    private string Take(UnitOfWork unit, RequestRow row, List<AskedCredential> asked, string? code)
    {
        // Looked at again: it may have been suspended since it was authenticated.
        if (ParticipantStore.Find(unit, row.Holder) is not { IsActive: true } member)
        {
            throw new RefusalException(RefusalCode.Forbidden, "Credentials are for members of the space.") { Term = "iss" };
        }

        if (RequestStore.Same(unit, row) is { } same)
        {
            return same.IssuerPid;
        }

        if (RequestStore.CountPending(unit, row.Holder) >= MostPending)
        {
            throw new RefusalException(RefusalCode.QuotaExhausted, $"{MostPending} requests of this holder are under way: no more are taken now.") { Remedy = "Ask again when some are answered." };
        }

        var (answers, lacking) = Answer(unit, member, asked, code);
        row = lacking is null
            ? row with { State = CredentialStatus.Received, Credentials = RequestRow.Write(answers) }
            : row with { State = CredentialStatus.Rejected, Reason = lacking };
        RequestStore.Insert(unit, row);
        queue.Add(unit, row);
        return row.IssuerPid;
    }

    private (List<List<CredentialRow>> Answers, string? Lacking) Answer(UnitOfWork unit, ParticipantRow member, List<AskedCredential> asked, string? code)
    {
        var authorised = code is null ? null : codes.Redeem(unit, member, code);
        if (authorised is not null && asked.TrueForAll(one => one.Type.Name != authorised.Type))
        {
            throw new RefusalException(RefusalCode.Forbidden, $"The code is for a {authorised.Type}, which was not asked for.") { Term = DcpConstants.PreAuthorizedCodeClaim };
        }

        var answers = new List<List<CredentialRow>>();
        foreach (var one in asked)
        {
            try
            {
                var held = members.Asked(unit, member, one.Type);
                var active = held.Where(row => row.State == Protocol.Authority.CredentialStates.Active).Take(MostOfOne).ToList();
                if (active.Count == 0)
                {
                    return (answers, held.Count == 0 ? $"no {one.Type.Name} was issued to this member" : $"the {one.Type.Name} of this member is {held[0].State}");
                }

                answers.Add(active);
            }
            catch (RefusalException refusal) when (refusal.Code == RefusalCode.Conflict)
            {
                return (answers, $"no {one.Type.Name} can be issued: {refusal.Message}");
            }
        }

        return (answers, answers.Sum(rows => rows.Count) > MostDelivered ? $"there are more than {MostDelivered} credentials: fewer can be asked for at a time" : null);
    }

    private static RefusalException Malformed(string where, string why) => new(RefusalCode.Malformed, $"The request for credentials cannot be used, {where}: {why}.") { Where = where };
}
