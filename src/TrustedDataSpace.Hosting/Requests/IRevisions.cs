using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Hosting.Requests;

/// <summary>
/// Things that count their stored changes. Most changes leave evidence, which <c>If-Match</c> looks at; some, such as the process id
/// that a counterparty's answer brings, are no event that anybody must prove.
/// </summary>
public interface IRevisions
{
    /// <summary>The number of stored changes; null: no such thing here.</summary>
    long? RevisionOf(string id);

    /// <summary>The same inside a unit of work, with what it has changed itself.</summary>
    long? RevisionOf(UnitOfWork unit, string id);
}
