using Microsoft.AspNetCore.Builder;

namespace FilterGate.Review.Site;

/// <summary>Some pages of the site, which <see cref="ReviewSite"/> maps. Each endpoint names its <see cref="Need"/> with <see cref="Gate.Guard"/>.</summary>
internal interface IPages
{
    /// <summary>Maps them.</summary>
    void Map(WebApplication app);
}
