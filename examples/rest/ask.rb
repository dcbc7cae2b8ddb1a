# Asks over REST and prints the whole answer: ruby examples/rest/ask.rb "What is the capital of France?"
require "json"
require "net/http"

url = ENV.fetch("POINTSMAN_URL", "http://localhost:4000")
key = ENV["POINTSMAN_API_KEY"]
model = ENV.fetch("POINTSMAN_MODEL", "pointsman/tiny-1m")
question = ARGV.fetch(0, "What is the capital of France?")

uri = URI("#{url}/api/v1/chat/completions")
request = Net::HTTP::Post.new(uri, "Content-Type" => "application/json")
request["Authorization"] = "Bearer #{key}" if key
request.body = JSON.generate(model: model, messages: [{ role: "user", content: question }])

begin
  # A long answer that is not streamed is silent until it is whole.
  options = { use_ssl: uri.scheme == "https", read_timeout: 600 }
  response = Net::HTTP.start(uri.host, uri.port, options) { |http| http.request(request) }
rescue SystemCallError => error
  abort error.message
end
abort "HTTP #{response.code}: #{response.body}" unless response.is_a?(Net::HTTPSuccess)

completion = JSON.parse(response.body)
puts completion["choices"][0]["message"]["content"]
puts format("cost: %.9f US dollars", completion["usage"]["cost"])
