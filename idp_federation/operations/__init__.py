"""One async function per thing that the OpenID Provider does."""
