using System.Net;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Keys;

namespace TrustedDataSpace.Hosting.Processes;

/// <summary>
/// What two services of one process must not have in common: each has its own data, keys, credentials and address, or what is kept apart by
/// space would meet there.
/// </summary>
internal static class Collisions
{
    /// <summary>Everything that keeps these services out of one process, each naming both and the setting; empty when all is well.</summary>
    public static IEnumerable<string> Among(IReadOnlyList<ServiceSettings> services) =>
        from second in Enumerable.Range(0, services.Count)
        from first in Enumerable.Range(0, second)
        from collision in services[first].CollisionsWith(services[second])
        select $"{services[first].Title} and {services[second].Title}: {collision}";

    /// <summary>The same for two, without their names.</summary>
    public static IEnumerable<string> Between(ServiceSettings one, ServiceSettings other) =>
    [
        .. Same(one, other, settings => $"{settings.Participant.Id} {settings.Space.Id}", "Participant:Id and Space:Id are the same: a participant has one service in a space. Name each file once"),
        .. Folders(one, other),
        .. Listeners(one.Listen, other.Listen),
        .. Same(one, other, settings => settings.Listen.PublicUrl?.TrimEnd('/').ToUpperInvariant(), $"Listen:PublicUrl is {one.Listen.PublicUrl} for both: others would reach only one of them there"),
        .. MasterKeyFiles(one, other),
        .. Same(one, other, settings => settings.Keys.MasterKey, "Keys:MasterKey is the same for both (a variable of the environment counts for every file): each seals under a key of its own"),
        .. Same(one, other, settings => settings.Management.Token, "Management:Token is the same for both (a variable of the environment counts for every file): the token of one would open the other"),
        .. Same(
            one,
            other,
            settings => settings.Management.Issuer is { } issuer ? $"{issuer.TrimEnd('/')} {settings.Management.Audience}" : null,
            "Management:Issuer and Management:Audience are the same for both: an access token for one would open the other. Give each an audience of its own"),
    ];

    private static IEnumerable<string> Same(ServiceSettings one, ServiceSettings other, Func<ServiceSettings, string?> value, string problem) =>
        value(one) is { } mine && mine == value(other) ? [problem] : [];

    // One inside the other would be backed up, restored and deleted with it.
    private static IEnumerable<string> Folders(ServiceSettings one, ServiceSettings other)
    {
        var (mine, others) = (Folder(one), Folder(other));
        if (mine == others)
        {
            yield return $"Storage:Folder is {one.Storage.Folder} for both: give each its own";
        }
        else if (mine.StartsWith(others, StringComparison.Ordinal) || others.StartsWith(mine, StringComparison.Ordinal))
        {
            yield return $"Storage:Folder of one ({one.Storage.Folder}) lies inside that of the other ({other.Storage.Folder}), or holds it: put them side by side";
        }
    }

    private static IEnumerable<string> Listeners(ListenOptions one, ListenOptions other)
    {
        var (mine, others) = (one.EndPoint, other.EndPoint);
        return mine.Port != 0 && mine.Port == others.Port && (mine.Address.Equals(others.Address) || IsAny(mine.Address) || IsAny(others.Address))
            ? [$"Listen:Url is {one.Url} and {other.Url}: both cannot listen there. Give each a port of its own"]
            : [];
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static string Folder(ServiceSettings settings) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Storage.Folder)) + Path.DirectorySeparatorChar;

    // Where both leave it to the default, the same file is the same folder, which is told already.
    private static IEnumerable<string> MasterKeyFiles(ServiceSettings one, ServiceSettings other) =>
        one.Keys.MasterKey is null && other.Keys.MasterKey is null && (one.Keys.MasterKeyFile ?? other.Keys.MasterKeyFile) is not null && MasterKey.FileOf(one) == MasterKey.FileOf(other)
            ? [$"Keys:MasterKeyFile is {MasterKey.FileOf(one)} for both (where none is given it lies beside the data folder): each seals under a key of its own"]
            : [];
}
