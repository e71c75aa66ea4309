using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Applications;

/// <summary>A local application that may use data through the consumer side.</summary>
/// <param name="Id">Id of the grant.</param>
/// <param name="Name">Name that people read.</param>
/// <param name="Person">The responsible person: never leaves this connector in clear.</param>
/// <param name="Agreements">Agreements it may use.</param>
/// <param name="Purposes">Purposes it may declare.</param>
internal sealed record LocalApplication(string Id, string Name, string Person, IReadOnlySet<string> Agreements, IReadOnlySet<string> Purposes)
{
    public ApplicationView View() => new()
    {
        Id = Id,
        Name = Name,
        Agreements = [.. Agreements.Order(StringComparer.Ordinal)],
        Purposes = [.. Purposes.Order(StringComparer.Ordinal)],
        Person = Person,
    };
}
