namespace TrustedDataSpace.Cli.Space;

/// <summary>A space as its <c>space.yaml</c> describes it.</summary>
internal sealed record SpaceDefinition
{
    /// <summary>Name of the space: letters a-z, digits, '.', '_', '-'.</summary>
    public string Space { get; init; } = "";

    /// <summary>The authority.</summary>
    public AuthorityDefinition Authority { get; init; } = new();

    /// <summary>The data service behind the provider's connector.</summary>
    public SourceDefinition Source { get; init; } = new();

    /// <summary>The participants; each runs one connector.</summary>
    public List<ParticipantDefinition> Participants { get; init; } = [];

    /// <summary>The same space with every service on a free port.</summary>
    public SpaceDefinition OnFreePorts() => this with
    {
        Authority = Authority with { Port = 0 },
        Source = Source with { Port = 0 },
        Participants = Participants.ConvertAll(participant => participant with { Port = 0 }),
    };
}

/// <summary>The authority of a space.</summary>
internal sealed record AuthorityDefinition
{
    /// <summary>Its DID.</summary>
    public string Id { get; init; } = "";

    /// <summary>Name that people read.</summary>
    public string Name { get; init; } = "";

    /// <summary>Port on loopback; 0 for a free one.</summary>
    public int Port { get; init; }
}

/// <summary>The data service of the sample.</summary>
internal sealed record SourceDefinition
{
    /// <summary>Port on loopback; 0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>What it serves: <see cref="PowerGrid"/> or <see cref="Materials"/>.</summary>
    public string Service { get; init; } = PowerGrid;

    /// <summary>Load curves and system demand.</summary>
    public const string PowerGrid = "power-grid";

    /// <summary>Pieces of reports and an assistant that answers from them.</summary>
    public const string Materials = "materials";

    /// <summary>Of the power grid: the file behind <c>/system_demand_48</c>; relative to <c>space.yaml</c>, absolute once it is loaded.</summary>
    public string DemandFile { get; init; } = "";
}

/// <summary>A participant.</summary>
internal sealed record ParticipantDefinition
{
    /// <summary>Its DID.</summary>
    public string Id { get; init; } = "";

    /// <summary>Name that people read.</summary>
    public string Name { get; init; } = "";

    /// <summary>Code of its region.</summary>
    public string Region { get; init; } = "";

    /// <summary>Its roles.</summary>
    public List<string> Roles { get; init; } = [];

    /// <summary>Types of credentials that its connector shows beside that of its membership, once it has them.</summary>
    public List<string> Shows { get; init; } = [];

    /// <summary>Types of credentials that its connector asks others for, so that its offers can ask for what stands in them.</summary>
    public List<string> Asks { get; init; } = [];

    /// <summary>Port of its connector on loopback; 0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>What it has.</summary>
    public List<AssetEntry> Assets { get; init; } = [];

    /// <summary>What it offers.</summary>
    public List<ProductEntry> Products { get; init; } = [];

    /// <summary>The first label of the DID's host: names its folder, and stands for it on the command line.</summary>
    public string ShortName => Id.Split(':').ElementAtOrDefault(2)?.Split('.', '%')[0] ?? "";
}

/// <summary>An asset: a path of the source.</summary>
internal sealed record AssetEntry
{
    /// <summary>Asset id.</summary>
    public string Id { get; init; } = "";

    /// <summary>Path at the source, beginning with '/'.</summary>
    public string Path { get; init; } = "";

    /// <summary>Methods that it may be asked by; none named: GET and HEAD.</summary>
    public List<string> Methods { get; init; } = [];
}

/// <summary>A product: an asset under an offer.</summary>
internal sealed record ProductEntry
{
    /// <summary>Product id.</summary>
    public string Id { get; init; } = "";

    /// <summary>Asset id.</summary>
    public string Asset { get; init; } = "";

    /// <summary>Title.</summary>
    public string Title { get; init; } = "";

    /// <summary>Description.</summary>
    public string Description { get; init; } = "";

    /// <summary>Words to find it by.</summary>
    public List<string> Keywords { get; init; } = [];

    /// <summary><c>general</c>, <c>personal</c> or <c>important</c>.</summary>
    public string Classification { get; init; } = "general";

    /// <summary>File with the ODRL offer; relative to <c>space.yaml</c>, absolute once it is loaded.</summary>
    public string Offer { get; init; } = "";
}
